"""The numbers behind the pictures: bars of states, what was sent in each minute, how long it will take."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from angarium.modules.mailings.lifecycle import MessageState
from angarium.modules.mailings.models import Mailer, Minute, Shift
from angarium.modules.mailings.pages.bars import LEAST, SHADES, parts_of
from angarium.modules.mailings.pages.plots import COLUMNS, brief_number, sent_of
from angarium.modules.mailings.pages.standing import Standing, rate
from angarium.modules.mailings.pages.states import states_over_time, stood_at

from .looking import START


@pytest.mark.parametrize(
    "counts", [{"sent": 1}, {"sent": 999_999, "failed": 1}, {"queued": 5, "sent": 5}, dict.fromkeys(MessageState, 3)]
)
def test_a_bar_is_whole_and_shows_the_smallest_number(counts: dict[str, int]) -> None:
    parts = parts_of(counts)
    assert {part.state: part.number for part in parts} == counts
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.01)
    assert min(part.width for part in parts) >= LEAST - 0.001
    assert [part.state for part in parts] == [state for state in SHADES if state in counts]


def test_a_bar_of_nothing_has_no_parts_and_every_state_has_a_shade() -> None:
    assert parts_of(dict.fromkeys(MessageState.values, 0)) == []
    assert set(SHADES) == set(MessageState.values)


@pytest.mark.parametrize(
    ("last", "running", "passed", "expected"),
    [
        (60, 0, 1, (60, 60)),  # the running minute tells nothing yet
        (60, 60, 30, (60, 120)),  # it has become faster
        (0, 20, 10, (120, 120)),  # the first minute
        (0, 20, 2, (0, 0)),
        (60, 0, 40, (60, 60)),
    ],
)
def test_the_rate_is_of_the_last_full_minute_and_the_pace_knows_of_the_running_one(
    last: int, running: int, passed: float, expected: tuple[int, int]
) -> None:
    assert rate(last, running, passed) == expected


def standing(queued: int, pace: int, *, left: timedelta = timedelta(days=1), state: str = "sending") -> Standing:
    counts = Counter({"queued": queued, "sent": 10})
    return Standing(Mailer(start=START, finish=START + left, state=state), counts, START, pace, pace)


def test_mail_b10_how_long_it_takes_and_how_many_will_not_make_it() -> None:
    assert standing(300, 60).left == 300
    assert standing(300, 0).left == 0
    assert standing(300, 60, state="paused").left == 0
    assert not standing(300, 60).is_too_slow
    late = standing(300, 60, left=timedelta(minutes=2))
    assert (late.is_too_slow, late.missing) == (True, 180)


@pytest.mark.parametrize(("minutes", "step"), [(1, 1), (48, 1), (49, 2), (600, 15), (1440, 30)])
def test_mail_b10_what_was_sent_is_drawn_in_few_columns_and_none_is_left_out(minutes: int, step: int) -> None:
    first = START.replace(second=0)
    rows = [Minute(at=first + timedelta(minutes=one), sent=2, failed=1) for one in range(minutes)]
    sent = sent_of(Mailer(start=START, finish=START, state="finished"), rows)
    assert sent is not None
    assert (sent.step, sent.sent, sent.failed) == (step, 2 * minutes, minutes)
    for plot in sent.plots:
        assert len(plot.columns) <= COLUMNS
        assert sum(bool(column.boxes) for column in plot.columns) == -(-minutes // step)


def test_nothing_sent_is_not_drawn() -> None:
    assert sent_of(Mailer(state="planned", start=START, finish=START), []) is None


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.5, "0.5"), (950, "950"), (1500, "1.5k"), (1250, "1250"), (12_000, "12k"), (2_000_000, "2M")],
)
def test_an_axis_has_short_numbers(number: float, words: str) -> None:
    assert brief_number(number) == words


def test_the_states_over_time_are_reckoned_back_from_those_of_now() -> None:
    changes = [{"queued": 10}, {"queued": -4, "sent": 4}, {}, {"queued": -6, "sent": 5, "failed": 1}]
    assert stood_at({"queued": 0, "sent": 9, "failed": 1}, changes) == [
        {"queued": 10, "sent": 0, "failed": 0},
        {"queued": 6, "sent": 4, "failed": 0},
        {"queued": 6, "sent": 4, "failed": 0},
        {"queued": 0, "sent": 9, "failed": 1},
    ]


def test_mail_28_the_states_over_time_are_drawn_with_what_they_were_in_each_minute() -> None:
    mailer = Mailer(start=START, finish=START + timedelta(hours=1), state="finished")
    made = Shift(mailer=mailer, at=START, state="queued", change=3)
    gone = [Shift(mailer=mailer, at=START + timedelta(minutes=20), state=state, change=n) for state, n in GONE]
    drawn = states_over_time(mailer, {"queued": 0, "sent": 2, "failed": 1}, [made, *gone])
    assert drawn is not None
    first, last = drawn.plots[0].columns[0], drawn.plots[0].columns[-1]
    assert [box.shade for box in first.boxes] == ["waiting"]
    assert [box.shade for box in last.boxes] == ["good", "bad"]
    assert "sent: 2" in last.catch.title
    assert states_over_time(mailer, {}, []) is None


GONE = (("queued", -3), ("sent", 2), ("failed", 1))
