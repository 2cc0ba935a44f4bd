"""Work on holidays: which dates, how many minutes, over midnight and over the year's end, and what is due for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.timeoff.errors import EndsBeforeItStarts, OutOfRange
from angarium.modules.timeoff.holidays_ru import calendar
from angarium.modules.timeoff.overtime import (
    Due,
    FreeKind,
    HolidayWork,
    Totals,
    by_year,
    days_off_due,
    free_days,
    holiday_work,
    minutes_by_date,
    minutes_by_day,
    paid_minutes,
    totals,
)

RU = calendar()
INSTANTS = st.integers(0, 31 * 86400).map(
    lambda seconds: datetime(2025, 12, 20, tzinfo=UTC) + timedelta(seconds=seconds)
)


def d(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str, zone: str = "Europe/Moscow") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "end", "zone", "minutes"),
    [
        ("2025-12-31T22:00", "2026-01-01T06:00", "Europe/Moscow", {"2025-12-31": 120, "2026-01-01": 360}),
        ("2025-12-31T22:00", "2026-01-01T06:00", "Asia/Vladivostok", {"2026-01-01": 480}),
        ("2026-01-01T00:00", "2026-01-02T00:00", "Europe/Moscow", {"2026-01-01": 1440}),
        ("2026-01-01T09:00", "2026-01-01T09:00", "Europe/Moscow", {}),
        ("2026-01-01T09:00:30", "2026-01-01T10:00", "Europe/Moscow", {"2026-01-01": 60}),  # 59.5: HALF_UP
        ("2026-01-01T09:00:31", "2026-01-01T10:00", "Europe/Moscow", {"2026-01-01": 59}),
    ],
)
def test_hr_09_minutes_belong_to_the_local_date(start: str, end: str, zone: str, minutes: dict[str, int]) -> None:
    """The same shift by Moscow's clock is another day in Vladivostok."""
    counted = minutes_by_date([(at(start), at(end))], zone)
    assert counted == {d(day): number for day, number in minutes.items()}


def test_hr_09_a_night_on_which_the_clock_is_moved_has_the_time_that_passed() -> None:
    berlin = "Europe/Berlin"
    spring = minutes_by_date([(at("2026-03-29T00:00", berlin), at("2026-03-30T00:00", berlin))], berlin)
    autumn = minutes_by_date([(at("2026-10-25T00:00", berlin), at("2026-10-26T00:00", berlin))], berlin)
    assert (spring, autumn) == ({d("2026-03-29"): 23 * 60}, {d("2026-10-25"): 25 * 60})


def test_hr_09_time_that_was_entered_twice_counts_once() -> None:
    twice = [(at("2026-01-01T09:00"), at("2026-01-01T13:00")), (at("2026-01-01T12:00"), at("2026-01-01T15:00"))]
    assert minutes_by_date(twice, "Europe/Moscow") == {d("2026-01-01"): 360}


def test_hr_09_a_range_over_new_year_counts_its_free_days_in_each_year() -> None:
    work = holiday_work(minutes_by_day(d("2025-12-29"), d("2026-01-12")), RU)
    assert [done.on for done in work] == [d("2025-12-31"), *(date(2026, 1, day) for day in range(1, 12))]
    assert [str(done.kind) for done in work] == ["transferred", *["public"] * 8, "transferred", *["weekend"] * 2]
    assert by_year(work) == {2025: Totals(1, 480, 0, 0), 2026: Totals(11, 5280, 8, 3840)}
    assert totals(work) == Totals(12, 5760, 8, 3840)


def test_hr_09_a_working_saturday_is_no_day_off() -> None:
    free = free_days(RU, d("2025-10-31"), d("2025-11-05"))
    assert free == {
        d("2025-11-02"): FreeKind.WEEKEND,
        d("2025-11-03"): FreeKind.TRANSFERRED,
        d("2025-11-04"): FreeKind.PUBLIC,
    }


def test_hr_09_work_is_paid_double_or_with_a_whole_day_off() -> None:
    """ТК РФ, ст. 153: double, or single and another day, which is whole however few hours were worked."""
    work = [HolidayWork(d("2026-01-01"), 480, FreeKind.PUBLIC), HolidayWork(d("2026-01-02"), 60, FreeKind.PUBLIC)]
    assert (paid_minutes(work), days_off_due(work)) == (1080, 2)
    assert (paid_minutes(work, Due.DAY_OFF), days_off_due(work, Due.DOUBLE_PAY)) == (540, 0)


@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_a_day_has_no_more_minutes_than_it_has(minutes: int) -> None:
    with pytest.raises(OutOfRange):
        minutes_by_day(d("2026-01-01"), d("2026-01-02"), minutes)


def test_work_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(EndsBeforeItStarts):
        minutes_by_day(d("2026-01-02"), d("2026-01-01"))
    with pytest.raises(EndsBeforeItStarts):
        minutes_by_date([(at("2026-01-01T10:00"), at("2026-01-01T09:00"))], UTC)


@given(INSTANTS, st.integers(0, 5000), st.integers(0, 5000))
def test_hr_09_splitting_a_shift_changes_nothing(start: datetime, minutes: int, cut: int) -> None:
    end, middle = start + timedelta(minutes=minutes), start + timedelta(minutes=min(cut, minutes))
    whole = minutes_by_date([(start, end)], "Asia/Kamchatka")
    assert minutes_by_date([(middle, end), (start, middle)], "Asia/Kamchatka") == whole
    assert abs(sum(whole.values()) - minutes) <= len(whole)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 1440))
def test_hr_09_parts_of_a_range_add_up_to_it(first: int, second: int, minutes: int) -> None:
    start = d("2025-12-20")
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second + 1)
    parts = [(start, middle), (middle + timedelta(days=1), end)]
    worked = [holiday_work(minutes_by_day(*part, minutes), RU) for part in parts]
    assert (*worked[0], *worked[1]) == holiday_work(minutes_by_day(start, end, minutes), RU)
