"""The pictures as pure functions: the staircase of a balance, the team's calendar, strips of rates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from angarium.modules.timeoff.pages.grid import Absence, Span, grid
from angarium.modules.timeoff.pages.plots import Away, Plot, Step, plot, stairs
from angarium.modules.timeoff.pages.strips import Piece, axis_of

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MONTHS = [str(month) for month in range(1, 13)]
STEPS = [
    Step(date(2025, 12, 14), Decimal("2.33"), title="before"),
    Step(date(2026, 1, 14), Decimal("2.34"), title="up"),
    Step(date(2026, 7, 1), Decimal(-14), title="down"),
    Step(date(2026, 9, 1), Decimal(-3), reserved=True),
]


def drawn(steps: list[Step] = STEPS, aways: tuple[Away, ...] = (), today: date = date(2026, 3, 1)) -> Plot:
    return plot(steps, list(aways), MONTHS, year=2026, today=today, chosen=(date(2026, 2, 1), "4.67"))


def test_hr_b8_a_balance_goes_up_with_accruals_down_with_vacations_and_what_is_reserved_is_apart() -> None:
    found = stairs(STEPS, *YEAR)
    assert [(day, str(balance), str(free)) for day, balance, free in found.values] == [
        (date(2026, 1, 1), "2.33", "2.33"),
        (date(2026, 1, 14), "4.67", "4.67"),
        (date(2026, 7, 1), "-9.33", "-9.33"),
        (date(2026, 9, 1), "-9.33", "-12.33"),
    ]


def test_what_lies_after_the_year_is_not_in_its_picture() -> None:
    assert stairs([Step(date(2027, 1, 1), Decimal(5))], *YEAR).values == [(YEAR[0], Decimal(0), Decimal(0))]


def test_the_line_is_drawn_to_today_and_from_today_on_as_it_will_be() -> None:
    picture = drawn()
    assert picture.today
    assert picture.past.endswith(f"H{round(picture.today + (picture.right - 34) / 365, 1)}")
    assert picture.ahead.startswith(f"M{picture.today} ")
    assert picture.reserved.startswith("M")
    assert [(turn.title, turn.up) for turn in picture.turns] == [("up", True), ("down", False)]


@pytest.mark.parametrize(("today", "past", "ahead"), [(date(2025, 5, 5), False, True), (date(2027, 5, 5), True, False)])
def test_another_year_is_all_behind_or_all_ahead(today: date, past: bool, ahead: bool) -> None:
    picture = drawn(today=today)
    assert (bool(picture.past), bool(picture.ahead), picture.today) == (past, ahead, None)


def test_everything_stays_inside_the_picture_however_deep_the_balance_is() -> None:
    picture = drawn([Step(date(2026, 2, 1), Decimal(-300)), Step(date(2026, 3, 1), Decimal(900))])
    heights = [float(number) for number in re.findall(r"V([\d.-]+)", picture.past + picture.ahead + picture.area)]
    assert min(heights) >= 0
    assert max(heights) <= picture.ground
    assert 2 <= len(picture.up) <= 8


def test_absences_lie_on_the_ground_as_far_as_they_are_in_the_year() -> None:
    aways = [
        Away(date(2025, 12, 30), date(2026, 1, 1), "vacation", "over the year's end"),
        Away(date(2027, 1, 1), date(2027, 1, 5), "vacation", "another year"),
    ]
    stays = drawn(aways=tuple(aways)).stays
    assert [(stay.x, stay.width, stay.title) for stay in stays] == [(34.0, 3.0, "over the year's end")]


def test_a_teams_calendar_cuts_bars_at_its_edges_and_lists_them_by_week() -> None:
    june = Span(date(2026, 6, 1), date(2026, 6, 30), frozenset(), {date(2026, 6, 12): "День России"}, date(2026, 6, 10))
    absences = [
        Absence(1, date(2026, 5, 20), date(2026, 6, 3), "vacation", "a"),
        Absence(2, date(2026, 6, 30), date(2026, 7, 3), "", "b"),
        Absence(3, date(2026, 6, 8), date(2026, 6, 9), "", "of somebody who is not shown"),
    ]
    found = grid(june, [(1, "Анна"), (2, "Борис")], absences)
    assert [(row.name, [(bar.x, bar.width) for bar in row.bars]) for row in found.rows] == [
        ("Анна", [(0.0, 10.0)]),
        ("Борис", [(96.667, 3.333)]),
    ]
    assert [(week.start.day, [name for name, _absence in week.absences]) for week in found.weeks] == [
        (1, ["Анна"]),
        (8, []),
        (15, []),
        (22, []),
        (29, ["Борис"]),
    ]
    assert (found.weeks[1].holidays, found.weeks[1].now) == ([(date(2026, 6, 12), "День России")], True)


def test_rates_fill_their_strip_and_a_short_one_has_no_words() -> None:
    today = date(2026, 6, 1)
    pieces = [
        Piece(date(2024, 1, 1), date(2024, 1, 31), "short", "a month"),
        Piece(date(2024, 2, 1), None, "long", "from then on"),
    ]
    axis = axis_of(pieces, today)
    short, long = axis.bars(pieces)
    assert (short.label, long.label) == ("", "long")
    assert round(short.x + short.width + long.width, 1) == 100.0
    assert axis.last == today + timedelta(days=180)
    assert [label for _x, label in axis.ticks()] == ["2024", "2025", "2026"]
