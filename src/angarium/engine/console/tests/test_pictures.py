"""The geometry of what the server draws."""

from __future__ import annotations

import pytest

from angarium.engine.console.columns import columns, round_up
from angarium.engine.console.lanes import Stretch, axis


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


def seconds(number: float) -> str:
    return f"{number:g} s"


@pytest.mark.parametrize(
    ("lasted", "labels"),
    [
        (0.0, ["0", "0.001 s"]),
        (0.034, ["0", "0.01 s", "0.02 s", "0.03 s"]),
        (3, ["0", "1 s", "2 s", "3 s"]),
        (47, ["0", "10 s", "20 s", "30 s", "40 s"]),
        (5000, ["0", "1800 s", "3600 s"]),
        (3650 * 86400 * 10, ["0", "6.3072e+08 s", "1.26144e+09 s", "1.89216e+09 s", "2.52288e+09 s", "3.1536e+09 s"]),
    ],
)
def test_an_axis_is_divided_by_even_steps_that_people_count_in(lasted: float, labels: list[str]) -> None:
    drawn = axis(lasted, seconds, goes_on=False)
    assert [tick.label for tick in drawn.ticks] == labels
    assert drawn.now is None
    assert drawn.at(lasted) in (0, 100)


def test_what_goes_on_has_room_for_now_to_move_on() -> None:
    drawn = axis(10, seconds, goes_on=True)
    assert (drawn.whole, drawn.now, drawn.now_at) == (15, 10, 66.667)
    assert [(tick.at, tick.label) for tick in drawn.ticks] == [
        (0, "0"),
        (33.333, "5 s"),
        (66.667, "10 s"),
        (100, "15 s"),
    ]
    (piece,) = drawn.draw([Stretch("running", 5)])
    assert (piece.x, piece.width) == (33.333, 33.334)


@pytest.mark.parametrize(("expected", "whole"), [(30, 30), (39, 40), (41, 15)])
def test_what_is_expected_is_on_the_axis_unless_it_is_far_off(expected: float, whole: float) -> None:
    assert axis(10, seconds, goes_on=True, expected=expected).whole == whole


def test_a_stretch_keeps_its_place_and_never_leaves_the_axis() -> None:
    drawn = axis(10, seconds, goes_on=False)
    pieces = drawn.draw(
        [Stretch("waiting", 0, 2.5), Stretch("good", 2.5, 10), Stretch("bad", 8, 99), Stretch("x", 9, 1)]
    )
    assert [(one.x, one.width) for one in pieces] == [(0, 25), (25, 75), (80, 20), (90, 0)]
