"""Windows of the client's day: by the clock on the wall, over midnight, on some days, and when that clock is put."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.mailings.windows import EVERY_DAY, Window, chance, mask_of, weekdays_of, zone_named

MINUTE = timedelta(minutes=1)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(text: str, *weekdays: int) -> Window:
    """`22:00-06:00`, or an empty text for any hour; on these days of the week, all of them unless given."""
    start, _, end = text.partition("-")
    hours = (time.fromisoformat(start), time.fromisoformat(end)) if text else (None, None)
    return Window(*hours, frozenset(weekdays) or EVERY_DAY)


@pytest.mark.parametrize(
    ("hours", "zone", "at", "opens"),
    [
        # the start belongs to it, the end does not; Moscow is UTC+3 all year
        ("09:00-18:00", "Europe/Moscow", "2026-07-01T05:59:59", "2026-07-01T06:00:00"),
        ("09:00-18:00", "Europe/Moscow", "2026-07-01T06:00:00", "2026-07-01T06:00:00"),
        ("09:00-18:00", "Europe/Moscow", "2026-07-01T14:59:59", "2026-07-01T14:59:59"),
        ("09:00-18:00", "Europe/Moscow", "2026-07-01T15:00:00", "2026-07-02T06:00:00"),
        # over midnight: at 01:00 at once, at 07:00 the same day's 22:00
        ("22:00-06:00", "Europe/Moscow", "2026-07-01T22:00:00", "2026-07-01T22:00:00"),
        ("22:00-06:00", "Europe/Moscow", "2026-07-01T04:00:00", "2026-07-01T19:00:00"),
        ("22:00-06:00", "Europe/Moscow", "2026-07-01T02:59:59", "2026-07-01T02:59:59"),
        ("22:00-06:00", "Europe/Moscow", "2026-07-01T03:00:00", "2026-07-01T19:00:00"),
        # up to midnight, and from it
        ("18:00-00:00", "UTC", "2026-07-01T23:59:59", "2026-07-01T23:59:59"),
        ("18:00-00:00", "UTC", "2026-07-02T00:00:00", "2026-07-02T18:00:00"),
        ("00:00-06:00", "UTC", "2026-07-01T06:00:00", "2026-07-02T00:00:00"),
        # equal bounds are the whole day, as none are
        ("09:00-09:00", "Asia/Tokyo", "2026-07-01T03:21:00", "2026-07-01T03:21:00"),
        ("00:00-00:00", "Asia/Tokyo", "2026-07-01T03:21:00", "2026-07-01T03:21:00"),
        ("", "Asia/Tokyo", "2026-07-01T03:21:00", "2026-07-01T03:21:00"),
        # zones with halves and quarters of an hour
        ("09:00-18:00", "Asia/Kolkata", "2026-07-01T03:29:00", "2026-07-01T03:30:00"),
        ("09:00-18:00", "Asia/Kathmandu", "2026-07-01T03:00:00", "2026-07-01T03:15:00"),
        ("09:00-18:00", "America/St_Johns", "2026-07-01T10:00:00", "2026-07-01T11:30:00"),
        # New York: 02:00 becomes 03:00 on 2026-03-08 at 07:00 UTC
        ("02:30-04:00", "America/New_York", "2026-03-08T06:00:00", "2026-03-08T07:00:00"),
        ("02:15-02:45", "America/New_York", "2026-03-08T06:00:00", "2026-03-09T06:15:00"),
        ("09:00-18:00", "America/New_York", "2026-03-08T06:00:00", "2026-03-08T13:00:00"),
        ("22:00-02:30", "America/New_York", "2026-03-08T06:59:59", "2026-03-08T06:59:59"),
        ("22:00-02:30", "America/New_York", "2026-03-08T07:00:00", "2026-03-09T02:00:00"),
        # ... and 02:00 becomes 01:00 on 2026-11-01 at 06:00 UTC: 01:30 comes twice
        ("01:15-01:45", "America/New_York", "2026-11-01T05:20:00", "2026-11-01T05:20:00"),
        ("01:15-01:45", "America/New_York", "2026-11-01T05:50:00", "2026-11-01T06:15:00"),
        ("01:15-01:45", "America/New_York", "2026-11-01T06:44:00", "2026-11-01T06:44:00"),
        ("01:15-01:45", "America/New_York", "2026-11-01T06:45:00", "2026-11-02T06:15:00"),
        ("00:30-01:30", "America/New_York", "2026-11-01T05:40:00", "2026-11-01T06:00:00"),
        ("09:00-18:00", "America/New_York", "2026-11-01T05:40:00", "2026-11-01T14:00:00"),
        # a day that Samoa left out
        ("09:00-18:00", "Pacific/Apia", "2011-12-30T09:00:00", "2011-12-30T19:00:00"),
    ],
)  # fmt: skip
def test_mail_17_a_window_opens_by_the_clock_on_the_wall(hours: str, zone: str, at: str, opens: str) -> None:
    assert window(hours).opens(instant(at), ZoneInfo(zone)) == instant(opens)


@pytest.mark.parametrize(
    ("hours", "weekdays", "at", "opens"),
    [
        # 2026-07-01 is a Wednesday
        ("09:00-18:00", (1, 2, 3, 4, 5), "2026-07-03T18:00:00", "2026-07-06T09:00:00"),
        ("09:00-18:00", (3,), "2026-07-01T18:00:00", "2026-07-08T09:00:00"),
        ("09:00-18:00", (2,), "2026-07-01T10:00:00", "2026-07-07T09:00:00"),
        # the hours after midnight belong to the day on which it opened
        ("22:00-06:00", (5,), "2026-07-04T03:00:00", "2026-07-04T03:00:00"),
        ("22:00-06:00", (6,), "2026-07-04T03:00:00", "2026-07-04T22:00:00"),
        ("22:00-06:00", (5,), "2026-07-03T03:00:00", "2026-07-03T22:00:00"),
        ("22:00-06:00", (5,), "2026-07-04T06:00:00", "2026-07-10T22:00:00"),
        # whole days
        ("", (7,), "2026-07-01T00:00:00", "2026-07-05T00:00:00"),
        ("", (2,), "2026-07-01T00:00:00", "2026-07-07T00:00:00"),
        ("08:00-08:00", (6, 7), "2026-07-05T23:59:59", "2026-07-05T23:59:59"),
        ("08:00-08:00", (6, 7), "2026-07-06T00:00:00", "2026-07-11T00:00:00"),
    ],
)
def test_mail_b03_a_window_opens_on_its_days_of_the_week(
    hours: str, weekdays: tuple[int, ...], at: str, opens: str
) -> None:
    assert window(hours, *weekdays).opens(instant(at), UTC) == instant(opens)


def test_mail_17_at_one_instant_it_is_day_in_kamchatka_and_night_in_kaliningrad() -> None:
    at, day = instant("2026-07-01T05:00:00"), window("09:00-18:00")
    found = {zone: day.opens(at, ZoneInfo(zone)) for zone in ("Europe/Kaliningrad", "Asia/Kamchatka")}
    assert found == {"Asia/Kamchatka": at, "Europe/Kaliningrad": instant("2026-07-01T07:00:00")}


ZONES = [
    *("Europe/Moscow", "Europe/Kaliningrad", "Asia/Kamchatka", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "UTC"),
]
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
days = st.sets(st.integers(1, 7), min_size=1).map(frozenset)
#: Any minute of many years, and more often one around which a clock is put.
minutes = st.one_of(
    st.integers(21_037_000, 31_556_000).map(lambda minute: datetime.fromtimestamp(minute * 60, UTC)),
    st.builds(
        lambda turn, shift: instant(turn) + shift * MINUTE,
        st.sampled_from(
            [
                *("2026-03-08T07:00:00", "2026-11-01T06:00:00", "2018-02-18T02:00:00", "2018-11-04T03:00:00"),
                *("2026-04-04T15:00:00", "2026-10-03T15:30:00", "2026-03-08T05:00:00", "2026-11-01T05:00:00"),
                *("2026-03-08T05:30:00", "2011-12-30T10:00:00"),
            ]
        ),
        st.integers(-2000, 200),
    ),
)


@given(at=minutes, zone=st.sampled_from(ZONES).map(ZoneInfo), start=clocks, end=clocks, weekdays=days)
def test_mail_17_it_opens_at_the_first_minute_that_lies_in_the_window(
    at: datetime, zone: ZoneInfo, start: time, end: time, weekdays: frozenset[int]
) -> None:
    found = Window(start, end, weekdays).opens(at, zone)
    assert found >= at
    assert _lies_in(found, zone, start, end, weekdays)
    assert found == at or not _lies_in(found - timedelta(seconds=1), zone, start, end, weekdays)
    # every minute before is shut; of a week only the last two days are looked at minute by minute, the rest by quarters
    minute, near = at, found - timedelta(days=2)
    while minute < found:
        assert not _lies_in(minute, zone, start, end, weekdays), minute
        minute += 15 * MINUTE if minute < near else MINUTE


def _lies_in(at: datetime, zone: tzinfo, start: time, end: time, weekdays: frozenset[int]) -> bool:
    """The rule in words, asked of one instant."""
    local = at.astimezone(zone)
    clock, today = local.time(), local.isoweekday()
    yesterday = today - 1 or 7
    if start == end:
        return today in weekdays
    if start < end:
        return start <= clock < end and today in weekdays
    return (clock >= start and today in weekdays) or (clock < end and yesterday in weekdays)


@pytest.mark.parametrize(
    ("start", "finish", "at", "opening", "waits"),
    [
        # active, within the window
        ("2026-07-01T00:00:00", "2026-07-02T00:00:00", "2026-07-01T10:00:00", "2026-07-01T10:00:00", False),
        # before the start it is the start that counts
        ("2026-07-01T10:00:00", "2026-07-02T00:00:00", "2026-06-30T10:00:00", "2026-07-01T10:00:00", False),
        ("2026-07-01T07:00:00", "2026-07-02T00:00:00", "2026-06-30T10:00:00", "2026-07-01T09:00:00", True),
        # the window opens too late, or exactly at the finish: never, and it is the window's doing
        ("2026-07-01T18:00:00", "2026-07-02T08:00:00", "2026-07-01T18:00:00", None, True),
        ("2026-07-01T18:00:00", "2026-07-02T09:00:00", "2026-07-01T18:00:00", None, True),
        ("2026-07-01T18:00:00", "2026-07-02T09:00:01", "2026-07-01T18:00:00", "2026-07-02T09:00:00", True),
        # its time was up already
        ("2026-07-01T00:00:00", "2026-07-01T10:00:00", "2026-07-01T10:00:00", None, False),
    ],
)
def test_mail_17_a_message_goes_between_start_and_finish_when_the_window_is_open(
    start: str, finish: str, at: str, opening: str | None, waits: bool
) -> None:
    span = {"start": instant(start), "finish": instant(finish), "at": instant(at)}
    found = chance(window("09:00-18:00"), UTC, **span)
    assert (found.at, found.waits) == (instant(opening) if opening else None, waits)


@given(days)
def test_mail_b03_days_of_the_week_are_kept_as_bits(weekdays: frozenset[int]) -> None:
    assert weekdays_of(mask_of(weekdays)) == weekdays
    assert 1 <= mask_of(weekdays) <= 127


def test_mail_b03_without_a_day_of_the_week_it_never_opens() -> None:
    with pytest.raises(ValueError, match="needs a day"):
        Window(weekdays=frozenset()).opens(instant("2026-07-01T00:00:00"), UTC)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "Europe", "a\x00b"])
def test_mail_16_a_zone_that_nobody_knows_is_utc(name: str) -> None:
    assert zone_named(name) is UTC
    assert zone_named("Asia/Tokyo") == ZoneInfo("Asia/Tokyo")
