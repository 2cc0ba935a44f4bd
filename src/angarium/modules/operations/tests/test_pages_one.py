"""One operation for people: its course as a picture, what a line of its history changed, verbs with a reason."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from angarium.engine.identity.public import Person, Role, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation, State
from angarium.kernel.clock import now
from angarium.modules.operations.pages.differences import Difference, differences, standing
from angarium.modules.operations.pages.picture import MOST_LANES, bars_of, picture
from angarium.modules.operations.tests.looking import LIST, begin, buttons, held, said, tell, text_of
from angarium.modules.operations.timeline import Move, Share, spans_of

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


#: Waits 2 s, fails in its second stage, waits 4 s for the next attempt, goes on in another worker.
COURSE = [
    Move(0, "queued", "", "", at(0)),
    Move(0, "running", "", "one", at(2)),
    Move(1, "", "upload", "one", at(3)),
    Move(2, "retrying", "", "one", at(6)),
    Move(0, "running", "", "two", at(10)),
]


def test_op_b9_each_attempt_is_a_lane_that_says_who_waited_and_ran_how_long() -> None:
    drawn = picture(spans_of(COURSE, at(15)), "running", at(15))
    first, second = drawn.lanes
    assert (first.waited, first.ran, first.workers, first.after) == (2, 4, ["one"], "failed, and is tried again")
    assert [one.stretch.shade for one in first.pieces] == ["waiting", "bad", "bad"]
    assert [one.stretch.label for one in first.pieces] == ["", "", "upload"]
    assert (second.number, second.retry, second.waited, second.ran, second.after) == (2, True, 4, 5, "")
    assert [one.stretch.shade for one in second.pieces] == ["waiting", "running"]
    assert (drawn.axis.whole, drawn.axis.now) == (20, 15)
    assert [(one.x, one.width) for one in second.pieces] == [(30, 20), (50, 25)]
    assert second.pieces[1].stretch.end is None
    assert second.label == "Attempt 2: waited 4 s, ran 5 s"


@pytest.mark.parametrize(("state", "shade"), [("succeeded", "good"), ("failed", "bad"), ("cancelled", "still")])
def test_the_last_run_is_shaded_by_how_it_ended(state: str, shade: str) -> None:
    moves = [*COURSE, Move(1, state, "", "two", at(20))]
    drawn = picture(spans_of(moves, at(99)), state, at(20))
    assert drawn.lanes[-1].shade == shade
    assert (drawn.axis.now, drawn.axis.whole) == (None, 20)


def test_where_it_will_probably_end_is_marked_when_it_fits() -> None:
    spans = spans_of(COURSE, at(15))
    assert picture(spans, "running", at(15), expected=at(20)).expected_at == 100
    assert picture(spans, "running", at(15), expected=at(18)).expected_at == 90
    assert picture(spans, "running", at(15), expected=at(9999)).expected_at is None


def test_of_many_attempts_the_last_are_drawn_and_of_none_nothing() -> None:
    moves = [COURSE[0]]
    for n in range(MOST_LANES + 3):
        moves += [Move(0, "running", "", "w", at(2 * n + 1)), Move(1, "retrying", "", "w", at(2 * n + 2))]
    drawn = picture(spans_of(moves, at(90)), "retrying", at(90))
    assert (len(drawn.lanes), drawn.hidden, drawn.lanes[-1].number) == (MOST_LANES, 4, MOST_LANES + 4)
    assert picture([], "queued", at(0)).lanes == []


def test_shares_are_on_the_scale_of_the_greatest() -> None:
    bars = bars_of([Share("a", waiting=1, running=3), Share("b", running=2)])
    assert [(one.waiting_at, one.running_at) for one in bars] == [(25, 75), (0, 50)]
    assert bars_of([]) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [Difference("a", "changed", 1, True)]),
        ({"a": None}, {}, [Difference("a", "removed", None)]),
        ({}, {"b": {"c": 1}}, [Difference("b", "added", after={"c": 1})]),
        ({"b": {"c": [1, 2]}}, {"b": {"c": [1, 3, 4]}}, [
            Difference("b.c[1]", "changed", 2, 3), Difference("b.c[2]", "added", after=4),
        ]),
        ({"b": {"x-y": 1}}, {"b": {"x-y": {}}}, [Difference('b["x-y"]', "changed", 1, {})]),
        ([1], {"a": 1}, [Difference("", "changed", [1], {"a": 1})]),
    ],
)  # fmt: skip
def test_op_pages_json_is_compared_key_by_key(before: Any, after: Any, found: list[Difference]) -> None:
    assert list(differences(before, after)) == found


def line(seq: int, **of: Any) -> dict[str, Any]:
    nothing = {"state": "", "stage": "", "message": "", "progress_unit": "", "worker": ""}
    values = dict.fromkeys(("output", "error", "metadata", "progress_done", "progress_total"))
    return {"seq": seq, **nothing, **values, **of}


def test_how_it_stood_is_put_together_from_what_was_said_and_a_claim_begins_its_progress_anew() -> None:
    stood = standing(
        [
            line(0, state="queued", metadata={"a": 1, "b": 1}),
            line(0, state="running", worker="one"),
            line(1, progress_done=3.0, progress_total=4.0, metadata={"b": 2}, error={"code": "x"}),
            line(0, state="running", worker="two"),
            line(1, state="succeeded", output=[1]),
        ]
    )
    assert stood == {"metadata": {"a": 1, "b": 2}, "output": [1], "state": "succeeded", "worker": "two"}


@pytest.fixture
def ada(db: None) -> Person:
    return make_person("ada", Role.STAFF, password=None)


@pytest.fixture
def staff(ada: Person) -> Client:
    return client_signed_in(ada)


def differing(text: str) -> dict[str, str]:
    rows = re.findall(r'<tr data-kind="(\w+)"><td class="mono">(.*?)</td>', text)
    return {path.replace("&quot;", '"'): kind for kind, path in rows}


def test_op_b9_two_lines_are_compared_as_it_stood_and_as_it_was_said(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    given = held(id)
    tell(given, 1, metadata={"pages": [1, 2], "<b>": 1}, progress=(1, 4))
    tell(given, 3, metadata={"pages": [1, 3]}, message="more")
    tell(given, 2, metadata={"pages": []})  # late
    path = f"{LIST}{id}/difference/"
    text = text_of(staff, f"{path}?from=1.1&to=1.3")
    assert differing(text) == {"message": "added", "metadata.pages[1]": "changed"}
    assert "&lt;b&gt;" in text
    assert differing(text_of(staff, f"{path}?to=1.3&from=1.1&of=said")) == {
        "at": "changed", "message": "added", "metadata.pages[1]": "changed", 'metadata["&lt;b&gt;"]': "removed",
        "progress_done": "removed", "progress_total": "removed", "seq": "changed",
    }  # fmt: skip
    late = text_of(staff, f"{path}?to=1.2")
    assert "Nothing differs" in late
    assert 'class="late-mark">late' in late
    assert differing(text_of(staff, f"{path}?from=1.3&to=0.0")) == differing(text_of(staff, f"{path}?from=0.0&to=1.3"))
    assert "Nothing differs" in text_of(staff, f"{path}?to=0.0")
    for wrong in ("", "?to=9.9", "?to=x", "?to=1.1&from=-1.0", "?to=1.99999999999999999999"):
        text_of(staff, f"{path}{wrong}", 404)
    stranger = client_signed_in(make_person("max", password=None))
    text_of(stranger, f"{path}?to=1.1", 404)


def test_op_pages_a_verb_may_have_a_reason_which_the_history_keeps(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    path = f"{LIST}{id}/"
    told = said(staff, f"{path}pause/", {"because": " The bank is <closed>\x00 "})
    assert "paused until somebody resumes it" in told
    text = text_of(staff, path)
    assert "Paused by ada: The bank is &lt;closed&gt;" in text
    assert buttons(text) == ["resume", "cancel"]
    assert said(staff, f"{path}cancellation/", {"because": "x" * 2000}) != ""
    assert "The operation has ended" in said(staff, f"{path}cancellation/", {"because": ""})
    assert "not paused" in said(staff, f"{path}resumption/", {})


def test_enter_in_the_reason_chooses_no_verb(ada: Person, staff: Client) -> None:
    """The first button of a form is the one that Enter presses; a disabled one presses nothing."""
    text = text_of(staff, f"{LIST}{begin(of_person(ada))}/")
    form = text.partition('id="verbs"')[2]
    assert form.index("<button disabled hidden>") < form.index('id="do-pause"')


def test_an_open_one_says_who_holds_it_until_when_and_where_now_is(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    waiting = text_of(staff, f"{LIST}{id}/")
    tell(held(id, "gpu/7"), 1, stage="encoding")
    running = text_of(staff, f"{LIST}{id}/")
    for text in (waiting, running):
        assert 'data-now="' in text
        assert '<line class="now"' in text
    assert ("Lease until" in waiting, "Lease until" in running) == (False, True)
    assert f'href="{LIST}?worker=gpu/7"' in running
    assert re.findall(r'<rect class="running" data-from="[\d.]+"', running)
    Operation.objects.filter(id=id).update(state=State.SUCCEEDED, finished_at=now())
    assert 'data-now="' not in text_of(staff, f"{LIST}{id}/")


def test_lines_of_the_history_say_what_came_late_and_what_they_changed(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    given = held(id)
    tell(given, 2, metadata={"k": 1})
    tell(given, 1, message="too late")
    text = text_of(staff, f"{LIST}{id}/")
    assert text.count('<tr class="late">') == 1
    assert f'href="{LIST}{id}/difference/?to=1.1"' in text
    chosen = re.findall(r'name="(\w+)" value="([\d.]+)"[^>]* checked', text)
    assert dict(chosen) == {"from": "1.1", "to": "1.2"}
