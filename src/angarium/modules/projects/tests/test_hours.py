"""Somebody's hour: once a day, wherever clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from angarium.modules.projects.hours import days_begun, zone_named

QUARTER = timedelta(minutes=15)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "until", "days"),
    [
        ("UTC", 8, "2030-03-04T08:00", [date(2030, 3, 4)]),
        ("UTC", 8, "2030-03-04T08:15", []),
        ("UTC", 0, "2030-03-05T00:00", [date(2030, 3, 5)]),
        ("Europe/Moscow", 8, "2030-03-04T05:00", [date(2030, 3, 4)]),
        ("Asia/Kathmandu", 8, "2030-03-04T02:15", [date(2030, 3, 4)]),
        ("Pacific/Kiritimati", 8, "2030-03-03T18:00", [date(2030, 3, 4)]),
        ("Pacific/Pago_Pago", 8, "2030-03-04T19:00", [date(2030, 3, 4)]),
        ("Europe/Berlin", 2, "2030-03-31T01:00", [date(2030, 3, 31)]),
        ("Nowhere/Nil", 8, "2030-03-04T08:00", [date(2030, 3, 4)]),
    ],
)
def test_pm_10_the_hour_is_that_of_the_person_s_own_clock(zone: str, hour: int, until: str, days: list[date]) -> None:
    assert list(days_begun(at(until) - QUARTER, at(until), zone_named(zone), hour)) == days


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Anchorage", "Pacific/Chatham", "Asia/Beirut"])
@pytest.mark.parametrize("hour", [0, 2, 23])
def test_pm_10_quarters_of_a_year_have_each_day_once(zone: str, hour: int) -> None:
    begin, found = at("2029-12-31T00:00"), []
    for number in range(400 * 24 * 4 // 24):
        found += days_begun(begin + number * QUARTER * 24, begin + (number + 1) * QUARTER * 24, zone_named(zone), hour)
    assert found == [found[0] + timedelta(days=number) for number in range(len(found))]
    assert {date(2030, 1, 1), date(2030, 12, 31)} <= set(found)
