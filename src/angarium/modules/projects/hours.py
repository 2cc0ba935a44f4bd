"""When it is somebody's hour, by their own clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def zone_named(name: str) -> ZoneInfo:
    """The zone of this name; UTC where the name means nothing (any more)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def days_begun(after: datetime, until: datetime, zone: ZoneInfo, hour: int) -> Iterator[date]:
    """The days whose `hour` came in (after, until]. Spans that follow one another have each day once, also where the
    clock jumps over that hour (it is then the instant of the jump, or beside it) or shows it twice (the first time)."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    while (begun := datetime.combine(day, time(hour), zone).astimezone(UTC)) <= until:
        if begun > after:
            yield day
        day += timedelta(days=1)
