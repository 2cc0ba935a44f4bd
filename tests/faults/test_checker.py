"""The checker is content with a history that keeps the promise, and names each way of breaking it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import history
from tests.faults.checker import violations

Line = dict[str, Any]
KEEP = {"row": "work.keep", "outside": "work.send", "none": "work.never"}


def kept() -> list[Line]:
    """Two parcels in one box, each kept, sent and not done; a lesson of the schedule; a write that was undone."""
    lines: list[Line] = [
        {"what": "asked", "write": "undone", "type": "placed", "events": 1},
        {"what": "answered", "write": "undone", "status": "rolled back"},
        {"what": "asked", "write": "unheard", "type": "placed", "events": 1},
        {"what": "schedule", "task": "work.tick", "seconds": 60},
        {"what": "reaction", "type": None, "task": "work.tick", "effect": None},
    ]
    lines += [{"what": "reaction", "type": "placed", "task": task, "effect": how} for how, task in KEEP.items()]
    for number in (1, 2):
        lines += _placed(number)
    lines += [
        {"what": "operation", "id": f"t{n}", "kind": "work.tick", "event": None, "slot": 60.0 * n, **_end("succeeded")}
        for n in (1, 2, 3)
    ]
    lines += [line for n in (1, 2, 3) for line in _log(f"t{n}", "succeeded")]
    counts = [("work.keep", "succeeded", 2), ("work.send", "succeeded", 2), ("work.never", "failed", 2)]
    counts.append(("work.tick", "succeeded", 3))
    return [*lines, *({"what": "count", "kind": kind, "state": state, "number": n} for kind, state, n in counts)]


def _placed(number: int) -> list[Line]:
    event, write = f"e{number}", f"w{number}"
    lines: list[Line] = [
        {"what": "asked", "write": write, "type": "placed", "events": 1},
        {"what": "answered", "write": write, "status": 201, "seconds": 0.1},
        {"what": "event", "uid": event, "type": "placed", "subject": "box", "position": number, "write": write},
    ]
    for how, task in KEEP.items():
        id, state = f"{task}{number}", "failed" if how == "none" else "succeeded"
        lines.append({"what": "seen", "operation": id, "state": "running", "epoch": 1, "seq": 0})
        lines.append({"what": "operation", "id": id, "kind": task, "event": event, "slot": None, **_end(state)})
        lines += _log(id, state)
        if how == "none":
            lines.append({"what": "dead", "operation": id})
        else:
            lines.append({"what": "effect", "task": task, "operation": id, "event": event, "at": 10.0 * number})
        if how == "outside":
            lines += [{"what": "outside", "task": task, "key": id, "event": event, "at": 10.0 * number}] * 2
            lines.append({"what": "delivery", "id": f"d{number}", "state": "sent", "steps": ["queued", "sent"]})
    return lines


def _end(state: str) -> Line:
    return {"state": state, "epoch": 1, "seq": 1, "retry_of": None}


def _log(id: str, state: str) -> list[Line]:
    steps = [(0, 0, "queued"), (1, 0, "running"), (1, 1, state)]
    return [
        {"what": "transition", "id": n, "operation": id, "epoch": epoch, "seq": seq, "state": at, "verdict": "applied"}
        for n, (epoch, seq, at) in enumerate(steps)
    ]


def without(what: str, **having: Any) -> Callable[[list[Line]], list[Line]]:
    """The history without these lines."""
    return lambda lines: [line for line in lines if line["what"] != what or not having.items() <= line.items()]


def altered(what: str, having: Line, **to: Any) -> Callable[[list[Line]], list[Line]]:
    """The history with these lines altered."""
    return lambda lines: [
        {**line, **to} if line["what"] == what and having.items() <= line.items() else line for line in lines
    ]


def with_line(what: str, **said: Any) -> Callable[[list[Line]], list[Line]]:
    """The history with one line more."""
    return lambda lines: [*lines, {"what": what, **said}]


def test_a_history_that_keeps_the_promise_is_not_complained_about() -> None:
    assert violations(kept()) == []
    assert violations([]) == []


def test_of_tables_told_twice_the_last_count() -> None:
    assert violations([*without("effect")(kept()), {"what": "tables"}, *kept()]) == []
    assert violations([*kept(), {"what": "tables"}, *without("effect")(kept())]) != []


@pytest.mark.parametrize(("seconds", "number"), [(1000, 1), (10_000, 0)])
def test_what_waits_for_a_time_that_is_far_need_not_end(seconds: float, number: int) -> None:
    lines = without("effect", operation="work.keep1")(kept())
    for what in ("operation", "transition"):
        name = {"operation": "id", "transition": "operation"}[what]
        lines = altered(what, {name: "work.keep1", "state": "succeeded"}, state="scheduled")(lines)
    lines = altered("count", {"kind": "work.keep"}, number=1)(lines)
    lines += [
        {"what": "count", "kind": "work.keep", "state": "scheduled", "number": 1},
        {"what": "due", "operation": "work.keep1", "seconds": seconds},
    ]
    assert ["open" in sentence for sentence in violations(lines)] == [True] * number


def test_an_outside_effect_may_come_again_under_its_key_also_late() -> None:
    again = with_line("outside", task="work.send", key="work.send1", event="e1", at=99.0)
    assert violations(again(kept())) == []


def test_one_event_may_have_outside_effects_about_several_things_each_under_a_key_of_its_own() -> None:
    both = [with_line("outside", task="post", key=f"o{n}", event="e1", about=f"d{n}", at=11.0) for n in (1, 2)]
    lines = both[1](both[0](kept()))
    assert violations(lines) == []
    again = with_line("outside", task="post", key="o3", event="e1", about="d1", at=12.0)
    assert violations(again(lines)) == ["outside: post used 2 keys for e1"]


TICK = {"kind": "work.tick", "event": None, "slot": 120.0, **_end("succeeded")}


@pytest.mark.parametrize(
    ("break_it", "word"),
    [
        (without("event", uid="e2"), "lost: w2 was accepted"),
        (altered("asked", {"write": "w1"}, events=2), "lost: w1 was accepted, and 1 of its 2"),
        (altered("answered", {"write": "w1"}, status="rolled back"), "leaked: w1 was answered rolled back"),
        (altered("answered", {"write": "w1"}, status=409), "leaked: w1 was answered 409"),
        (lambda lines: altered("answered", {"write": "w1"}, status=503)(
            altered("asked", {"write": "w1"}, events=2)(lines)), "not whole: w1 has 1 of its 2"),
        (without("asked", write="w1"), "from nowhere: nobody asked for w1"),
        (altered("answered", {"write": "w1"}, seconds=31.0), "hung: w1"),
        (altered("event", {"uid": "e2"}, position=3), "positions:"),
        (altered("event", {"uid": "e2"}, position=1), "positions:"),
        (altered("event", {"uid": "e2"}, position=None), "unread:"),
        (without("operation", id="work.keep1"), "no work: work.keep was never started for e1"),
        (altered("operation", {"id": "work.keep1"}, event="e2"), "doubled: work.keep was started 2 times for e2"),
        (altered("operation", {"id": "work.keep1"}, event="e9"), "ghost: work.keep was started for e9"),
        (altered("operation", {"id": "work.keep1"}, state="running"), "open: work.keep"),
        (altered("operation", {"id": "work.keep1"}, state="failed"), "failed: work.keep"),
        (altered("operation", {"id": "work.keep1"}, epoch=2), "head: work.keep1 stands at (2, 1)"),
        (altered("operation", {"id": "work.keep1"}, state="cancelled"), "head: work.keep1 is cancelled"),
        (with_line("transition", id=9, operation="work.keep1", epoch=1, seq=1, state="succeeded", verdict="applied"),
         "twice: work.keep1"),
        (with_line("transition", id=9, operation="work.keep1", epoch=0, seq=7, state="", verdict="applied"),
         "backwards: work.keep1"),
        (with_line("transition", id=9, operation="work.keep1", epoch=2, seq=0, state="queued", verdict="applied"),
         "after the end: work.keep1"),
        (with_line("seen", operation="work.keep1", state="running", epoch=2, seq=0), "seen going back: work.keep1"),
        (with_line("seen", operation="work.keep1", state="failed", epoch=1, seq=1), "seen changing after the end:"),
        (with_line("due", operation="work.keep1"), "due: work.keep1 is succeeded and due"),
        (with_line("dead", operation="work.keep1"), "dead: work.keep1 is succeeded and a dead letter"),
        (without("dead", operation="work.never1"), "dead: work.never1 is failed and no dead letter"),
        (with_line("due", operation="gone"), "orphan: gone"),
        (altered("count", {"kind": "work.keep"}, number=3), "counters: ('work.keep', 'succeeded') is counted 3 times"),
        (without("effect", operation="work.keep1"), "effects: work.keep work.keep1 is succeeded and left 0 rows"),
        (with_line("effect", task="work.keep", operation="work.keep1", event="e1", at=11.0), "and left 2 rows"),
        (with_line("effect", task="work.never", operation="work.never1", event="e1", at=11.0),
         "effects: work.never work.never1 is failed and left 1 rows"),
        (with_line("effect", task="work.keep", operation="gone", event="e1", at=11.0), "which is no operation"),
        (with_line("outside", task="work.send", key="other", event="e1", at=11.0), "outside: work.send used 2 keys"),
        (with_line("outside", task="work.send", key="gone", event="e9", at=11.0), "ghost: work.send had an effect"),
        (without("outside", event="e1"), "outside: work.send work.send1 succeeded and never had its effect"),
        (altered("delivery", {"id": "d1"}, state="sending"), "delivery: d1 is sending, its timeline says"),
        (altered("delivery", {"id": "d1"}, steps=["sent", "sending", "sent"]), "delivery: d1 went on after it was"),
        (altered("effect", {"operation": "work.keep1"}, at=21.0), "order: work.keep was at 1 of box after 2"),
        (with_line("operation", id="t9", **TICK), "slots: work.tick has a slot twice"),
        (without("operation", id="t2"), "slots: work.tick has 2 slots where 3 have come"),
    ],
)  # fmt: skip
def test_each_breach_is_named(break_it: Callable[[list[Line]], list[Line]], word: str) -> None:
    found = violations(break_it(kept()))
    assert any(word in sentence for sentence in found), found


def test_an_outside_effect_out_of_order_is_named() -> None:
    lines = without("effect", task="work.send")(altered("outside", {"event": "e1"}, at=25.0)(kept()))
    assert any("order: work.send was at 1 of box after 2" in sentence for sentence in violations(lines))


def test_a_history_is_written_by_many_and_read_as_it_came(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(history.FILE, str(tmp_path / "history"))
    history.record("asked", write="раз")
    history.record("effect", at=None, task="two")
    first, second = history.read(tmp_path / "history")
    assert (first["what"], first["write"], second["at"]) == ("asked", "раз", None)
    assert first["at"] > 0
    assert first["pid"] == second["pid"]
