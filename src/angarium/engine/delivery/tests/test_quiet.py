"""Quiet hours by the clock on the wall, also on the days when that clock is put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.engine.delivery.quiet import NEVER_QUIET, QuietHours


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "zone", "at", "ends"),
    [
        # over midnight, Moscow is UTC+3 all year
        ("22:00-08:00", "Europe/Moscow", "2026-07-01T18:59:59", None),
        ("22:00-08:00", "Europe/Moscow", "2026-07-01T19:00:00", "2026-07-02T05:00:00"),
        ("22:00-08:00", "Europe/Moscow", "2026-07-02T04:59:59", "2026-07-02T05:00:00"),
        ("22:00-08:00", "Europe/Moscow", "2026-07-02T05:00:00", None),
        # within one day
        ("13:00-14:30", "Asia/Kolkata", "2026-07-01T07:45:00", "2026-07-01T09:00:00"),
        ("13:00-14:30", "Asia/Kolkata", "2026-07-01T07:29:59", None),
        # the same instant is day here and night there
        ("22:00-08:00", "Pacific/Auckland", "2026-07-01T12:00:00", "2026-07-01T20:00:00"),
        ("22:00-08:00", "America/New_York", "2026-07-01T12:00:00", None),
        # Berlin puts the clock forward on 2026-03-29 at 01:00 UTC: a night of an hour less
        ("22:00-08:00", "Europe/Berlin", "2026-03-28T22:00:00", "2026-03-29T06:00:00"),
        # ... and back on 2026-10-25 at 01:00 UTC: an hour more
        ("22:00-08:00", "Europe/Berlin", "2026-10-24T22:00:00", "2026-10-25T07:00:00"),
        # the end of the window, 02:30, is jumped over: quiet until the jump
        ("22:00-02:30", "Europe/Berlin", "2026-03-29T00:30:00", "2026-03-29T01:00:00"),
        # 02:30 comes twice: the first one ends it, for who came in between the second does
        ("22:00-02:30", "Europe/Berlin", "2026-10-25T00:10:00", "2026-10-25T00:30:00"),
        ("22:00-02:30", "Europe/Berlin", "2026-10-25T00:45:00", None),
        ("22:00-02:30", "Europe/Berlin", "2026-10-25T01:10:00", "2026-10-25T01:30:00"),
        # New York puts it back on 2026-11-01 at 06:00 UTC: the end comes once more, or the clock leaves by being put
        ("01:45-01:15", "America/New_York", "2026-11-01T05:50:00", "2026-11-01T06:15:00"),
        ("01:30-00:30", "America/New_York", "2026-11-01T05:40:00", "2026-11-01T06:00:00"),
        # an end that is jumped over into the window again is none
        ("03:00-02:30", "America/New_York", "2026-03-08T06:40:00", "2026-03-09T06:30:00"),
        # half an hour of change
        ("22:00-08:00", "Australia/Lord_Howe", "2026-10-03T12:00:00", "2026-10-03T21:00:00"),
        # a day that does not exist: Samoa left out 2011-12-30
        ("22:00-08:00", "Pacific/Apia", "2011-12-30T09:00:00", "2011-12-30T18:00:00"),
    ],
)
def test_the_window_ends_by_the_clock_on_the_wall(window: str, zone: str, at: str, ends: str | None) -> None:
    hours = QuietHours.parse(window)
    assert hours is not None
    assert hours.ends(instant(at), ZoneInfo(zone)) == (instant(ends) if ends else None)


ZONES = ("Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tehran")


@given(
    at=st.integers(1_262_304_000, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    start=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_it_is_quiet_up_to_the_end_and_not_at_it(at: datetime, zone: ZoneInfo, start: time, end: time) -> None:
    hours = QuietHours(start, end)
    ends = hours.ends(at, zone)
    if ends is None:
        assert not hours.covers(at.astimezone(zone).time())
        return
    assert at < ends <= at + timedelta(hours=26)
    assert not hours.covers(ends.astimezone(zone).time())
    assert hours.covers((ends - timedelta(seconds=2)).astimezone(zone).time()) or ends - at < timedelta(seconds=2)
    step = (ends - at) / 50
    assert all(hours.covers((at + step * n).astimezone(zone).time()) for n in range(50))


def test_who_is_never_quiet_is_told_at_any_hour() -> None:
    assert not any(NEVER_QUIET.covers(time(hour)) for hour in range(24))


def test_a_window_is_written_as_it_is_read() -> None:
    assert str(QuietHours.parse("22:05-08:00")) == "22:05-08:00"
    assert QuietHours.parse("") is None


@pytest.mark.parametrize("text", ["22-8", "25:00-08:00", "22:00", "22:60-08:00", "22:00 - 08:00", "nights"])
def test_what_is_no_window_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a window of the day; write one such as 22:00-08:00"):
        QuietHours.parse(text)
