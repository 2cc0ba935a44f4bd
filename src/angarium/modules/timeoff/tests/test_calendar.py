"""Days of the calendar: the table of 2025 to 2027, years without one, vacations over holidays, hours."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.timeoff.calendar import FIXED, Calendar, DayKind
from angarium.modules.timeoff.errors import EndsBeforeItStarts, OutOfRange
from angarium.modules.timeoff.holidays_ru import ROWS, YEARS, calendar
from angarium.modules.timeoff.lifecycle import DayKind as StoredKind

RU = calendar()
EMPTY = Calendar({})
DATES = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_every_row_of_the_table_says_where_it_is_written() -> None:
    assert len({row.on for row in ROWS}) == len(ROWS) == 3 * 14 + 2 + 15 + 10
    assert all(row.name and row.source for row in ROWS)
    assert {row.source for row in ROWS if row.kind == DayKind.PUBLIC} == {"ТК РФ, ст. 112, ч. 1"}
    assert {row.on.year for row in ROWS} == set(YEARS)


def test_kinds_are_those_that_are_stored() -> None:
    assert [str(kind) for kind in DayKind] == list(StoredKind.values)


@pytest.mark.parametrize("year", YEARS)
def test_a_year_has_as_many_working_days_and_hours_as_its_production_calendar(year: int) -> None:
    start, end = date(year, 1, 1), date(year, 12, 31)
    assert RU.working_days(start, end) == 247
    assert RU.norm_minutes(start, end) == 1972 * 60  # ст. 91, 95: 247 × 8 h less four hours
    assert RU.norm_minutes(start, end, Decimal("0.9")) == 106464  # order № 588н: 36 h a week are 1,774.4 h


@pytest.mark.parametrize(
    ("day", "kind", "source"),
    [
        ("2025-01-04", DayKind.PUBLIC, "ст. 112"),  # a Saturday
        ("2025-05-02", DayKind.TRANSFERRED, "№ 1335"),
        ("2025-05-08", DayKind.TRANSFERRED, "№ 1335"),
        ("2025-06-12", DayKind.PUBLIC, "ст. 112"),
        ("2025-06-13", DayKind.TRANSFERRED, "№ 1335"),
        ("2025-11-01", DayKind.WORKING_SATURDAY, "№ 1335"),
        ("2025-11-03", DayKind.TRANSFERRED, "№ 1335"),
        ("2025-12-31", DayKind.TRANSFERRED, "№ 1335"),
        ("2026-01-09", DayKind.TRANSFERRED, "№ 1466"),
        ("2026-03-08", DayKind.PUBLIC, "ст. 112"),  # a Sunday
        ("2026-03-09", DayKind.TRANSFERRED, "ст. 112, ч. 2"),
        ("2026-05-11", DayKind.TRANSFERRED, "ст. 112, ч. 2"),
        ("2026-12-31", DayKind.TRANSFERRED, "№ 1466"),
        ("2027-02-20", DayKind.WORKING_SATURDAY, "не сверены"),
        ("2027-11-05", DayKind.TRANSFERRED, "не сверены"),
    ],
)
def test_a_holiday_and_a_transferred_day_are_told_apart(day: str, kind: DayKind, source: str) -> None:
    row = next(row for row in ROWS if row.on == d(day))
    assert (row.kind, RU.is_public(row.on)) == (kind, kind == DayKind.PUBLIC)
    assert source in row.source
    assert RU.is_working(row.on) == (kind == DayKind.WORKING_SATURDAY)


@pytest.mark.parametrize(
    ("start", "end", "days", "holidays"),
    [
        ("2025-06-09", "2025-06-15", 6, ["2025-06-12"]),  # ст. 120: 12 June is out, the transferred 13 June is in
        ("2025-06-13", "2025-06-13", 1, []),  # start = end, a transferred day off
        ("2025-06-12", "2025-06-12", 0, ["2025-06-12"]),  # start = end, a holiday
        ("2026-01-01", "2026-01-08", 0, [f"2026-01-0{day}" for day in range(1, 9)]),
        ("2026-01-08", "2026-01-09", 1, ["2026-01-08"]),
        ("2025-12-29", "2026-01-11", 6, [f"2026-01-0{day}" for day in range(1, 9)]),  # over the year's end
        ("2026-03-07", "2026-03-09", 2, ["2026-03-08"]),  # on a Sunday; its day off on Monday counts
        ("2026-05-01", "2026-05-11", 9, ["2026-05-01", "2026-05-09"]),
        ("2024-02-26", "2024-03-03", 7, []),  # with 29 February, in a year without a table
        ("2028-02-28", "2028-03-01", 3, []),
        ("2030-06-10", "2030-06-14", 4, ["2030-06-12"]),  # no table: the list of ст. 112
        ("2026-07-01", "2026-07-28", 28, []),  # weekends are calendar days
        ("2026-11-01", "2026-11-30", 29, ["2026-11-04"]),
    ],
)
def test_hr_12_holidays_inside_a_vacation_are_not_counted(start: str, end: str, days: int, holidays: list[str]) -> None:
    assert RU.vacation_days(d(start), d(end)) == days
    assert RU.holidays_in(d(start), d(end)) == tuple(map(d, holidays))


def test_hr_12_a_period_that_ends_before_it_starts_is_refused() -> None:
    for counted in (RU.vacation_days, RU.working_days, RU.holidays_in, RU.norm_minutes):
        with pytest.raises(EndsBeforeItStarts) as caught:
            counted(d("2026-06-13"), d("2026-06-12"))
        assert caught.value.field == "end"


def test_a_date_that_is_a_slip_of_the_pen_is_refused() -> None:
    with pytest.raises(OutOfRange) as caught:
        RU.vacation_days(d("0226-06-13"), d("2026-06-12"))
    assert caught.value.field == "start"
    assert not EMPTY.is_public(date.max)


@pytest.mark.parametrize(
    ("day", "minutes", "why"),
    [
        ("2026-04-30", 420, "before 1 May, ст. 95"),
        ("2026-04-29", 480, "an ordinary Wednesday"),
        ("2025-11-01", 420, "a working Saturday that stands in for the Monday before 4 November"),
        ("2027-02-20", 420, "a working Saturday that stands in for the Monday before 23 February"),
        ("2026-05-01", 0, "a holiday"),
        ("2026-01-09", 0, "a transferred day off"),
        ("2026-05-02", 0, "a Saturday"),
        ("2030-06-11", 420, "before 12 June in a year without a table"),
    ],
)
def test_a_day_before_a_holiday_is_an_hour_shorter(day: str, minutes: int, why: str) -> None:
    assert RU.day_minutes(d(day)) == minutes, why
    assert RU.norm_minutes(d(day), d(day)) == minutes
    assert RU.day_minutes(d(day), Decimal("0.5")) == max(minutes - 240, 0)


def test_a_working_saturday_in_a_row_of_two_is_a_whole_day() -> None:
    """2024: 27 April stood in for 29 April, 2 November for 30 April, 28 December for 30 December."""
    moved = {"2024-04-29": "transferred", "2024-04-30": "transferred", "2024-04-27": "working_saturday"}
    moved |= {"2024-11-02": "working_saturday", "2024-12-28": "working_saturday"}
    moved |= {"2024-12-30": "transferred", "2024-12-31": "transferred"}
    table = Calendar({d(day): DayKind(kind) for day, kind in moved.items()})
    lengths = [table.day_minutes(d(day)) for day in ("2024-04-27", "2024-11-02", "2024-12-28")]
    assert lengths == [480, 420, 480]


def test_a_year_without_a_table_says_so_and_has_the_laws_holidays() -> None:
    assert [year for year in range(2024, 2029) if RU.is_known(year)] == list(YEARS)
    assert len(EMPTY.holidays_in(d("2026-01-01"), d("2026-12-31"))) == 14
    assert EMPTY.kind(d("2026-03-09")) == DayKind.TRANSFERRED  # ст. 112, ч. 2: the next working day
    assert EMPTY.is_working(d("2026-01-09"))  # only a decree moves the days off of the New Year
    assert EMPTY.working_days(d("2026-01-01"), d("2026-12-31")) == 249


def test_one_row_of_a_year_does_not_hide_the_laws_holidays() -> None:
    own = Calendar({d("2028-08-30"): DayKind.PUBLIC})
    assert not own.is_known(2028)
    assert own.holidays_in(d("2028-06-01"), d("2028-08-31")) == (d("2028-06-12"), d("2028-08-30"))


def test_a_year_entered_day_by_day_has_its_holidays_all_the_while() -> None:
    days: dict[date, DayKind] = {}
    for month, day in FIXED:
        days[date(2028, month, day)] = DayKind.PUBLIC
        entered = Calendar(dict(days))
        if len(days) < 12 or len(days) == 14:
            assert len(entered.holidays_in(d("2028-01-01"), d("2028-12-31"))) == 14
    assert entered.is_known(2028)


def test_a_holiday_that_was_taken_out_of_a_known_year_is_one_no_more() -> None:
    less = Calendar({day: kind for day, kind in RU.days.items() if day != d("2026-06-12")})
    assert less.is_known(2026)
    assert less.is_working(d("2026-06-12"))
    assert less.vacation_days(d("2026-06-12"), d("2026-06-12")) == 1


@given(start=DATES, length=st.integers(0, 500), cut=st.integers(0, 500))
def test_parts_of_a_period_add_up_to_it(start: date, length: int, cut: int) -> None:
    end = start + timedelta(days=length)
    middle = start + timedelta(days=min(cut, length))
    for counted in (RU.vacation_days, RU.working_days, RU.norm_minutes):
        whole, first = counted(start, end), counted(start, middle)
        rest = counted(middle + timedelta(days=1), end) if middle < end else 0
        assert first + rest == whole


@given(day=DATES, start=DATES, length=st.integers(0, 60))
def test_another_holiday_changes_only_the_vacations_over_it(day: date, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    more = Calendar({**RU.days, day: DayKind.PUBLIC})
    less = start <= day <= end and not RU.is_public(day)
    assert more.vacation_days(start, end) == RU.vacation_days(start, end) - less


@given(day=DATES, start=DATES, length=st.integers(0, 60))
def test_another_transferred_day_changes_no_vacation(day: date, start: date, length: int) -> None:
    if RU.is_public(day):
        return
    end = start + timedelta(days=length)
    more = Calendar({**RU.days, day: DayKind.TRANSFERRED})
    assert more.vacation_days(start, end) == RU.vacation_days(start, end)
