"""The geometry of what the server draws."""

from __future__ import annotations

import pytest

from angarium.engine.console.columns import columns, round_up
from angarium.engine.console.course import Phase, attempts, course


@pytest.mark.parametrize(
    ("number", "top"), [(0, 4), (3, 4), (5, 6), (9, 10), (11, 20), (66, 80), (100, 100), (101, 200), (81, 100)]
)
def test_an_axis_ends_at_a_round_number(number: int, top: int) -> None:
    assert round_up(number) == top


def test_columns_stand_on_the_ground_and_stack_in_one_order() -> None:
    plot = columns([{"bad": 1, "good": 2}, {}], ["9", "10"], ["nine", "ten"], width=234, height=100, every=1)
    first, second = plot.columns
    assert [box.shade for box in first.boxes] == ["good", "bad"]
    good, bad = first.boxes
    assert good.y + good.height == plot.ground
    assert bad.y + bad.height == good.y
    assert good.height == 2 * bad.height
    assert second.boxes == []
    assert (first.catch.title, second.catch.title) == ("nine", "ten")
    assert [tick.label for tick in plot.across] == ["9", "10"]
    assert [tick.label for tick in plot.up] == ["2", "4"]


def test_a_single_operation_among_thousands_can_still_be_seen() -> None:
    plot = columns([{"good": 10_000, "bad": 1}], ["9"], ["nine"], width=400)
    assert min(box.height for box in plot.columns[0].boxes) >= 1.5


def test_labels_are_counted_from_the_last_column() -> None:
    plot = columns([{}] * 24, [str(hour) for hour in range(24)], [""] * 24, width=800, every=6)
    assert [tick.label for tick in plot.across] == ["5", "11", "17", "23"]


WAITED = Phase("queued", 0, 2)
RAN = Phase("running", 2, 3)
AGAIN = Phase("retrying", 3, 7)
RAN_AGAIN = Phase("running", 7, 10)


def test_what_was_waited_before_a_run_belongs_to_its_attempt() -> None:
    assert attempts([WAITED, RAN, AGAIN, RAN_AGAIN]) == [[WAITED, RAN], [AGAIN, RAN_AGAIN]]
    assert attempts([]) == []


@pytest.mark.parametrize(
    ("outcome", "shade"), [("succeeded", "good"), ("failed", "bad"), ("running", "running"), ("cancelled", "still")]
)
def test_a_run_is_coloured_by_how_it_ended(outcome: str, shade: str) -> None:
    picture = course([WAITED, RAN, AGAIN, RAN_AGAIN], outcome, ["0", "10 s"], width=138)
    first, second = picture.lanes
    assert [box.shade for box in first.boxes] == ["waiting", "bad"]
    assert [box.shade for box in second.boxes] == ["waiting", shade]
    assert (first.number, second.number) == (1, 2)
    assert (second.boxes[1].x, second.boxes[1].width) == (100, 30)
    assert [tick.at for tick in picture.across] == [30, 130]


def test_a_run_that_was_given_back_did_not_fail() -> None:
    picture = course([RAN, Phase("scheduled", 3, 9)], "scheduled", ["0", "9"], width=300)
    assert picture.lanes[0].boxes[0].shade == "still"


def test_of_many_attempts_the_last_twelve_are_drawn() -> None:
    phases = [Phase("running", at, at + 1) for at in range(15)]
    picture = course(phases, "failed", ["0"], width=300)
    assert picture.hidden == 3
    assert [lane.number for lane in picture.lanes] == list(range(4, 16))


def test_an_operation_of_no_duration_can_be_drawn() -> None:
    picture = course([Phase("queued", 0, 0)], "queued", ["0", "0"], width=300)
    assert picture.lanes[0].boxes[0].width == 2.5
