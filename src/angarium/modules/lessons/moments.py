"""How the time of a lesson is said to one reader: in letters, in their subjects, on pages and in calendars alike.

The wall clock is the reader's own. The zone is named when it is another than the lesson's, so that two people who talk
about one lesson notice that their clocks differ; the offset is added where the clock shows the same time twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format


def span(start: datetime, minutes: int, *, reader: str, lesson: str) -> str:
    """From when to when, in the active language: `Monday, 4 March 2030, 15:00–16:00`, and `(Europe/Berlin)` for a
    `reader` whose zone is not that of the `lesson`. Both are IANA names."""
    first = start.astimezone(ZoneInfo(reader))
    last = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(reader))
    end = clock(last) if last.date() == first.date() else f"{_day(last)}, {clock(last)}"
    dash = "–" if last.date() == first.date() else " – "
    return f"{_day(first)}, {clock(first)}{dash}{end}" + _named(reader, lesson)


def point(start: datetime, *, reader: str, lesson: str) -> str:
    """When, in the active language, by the same rules: `Monday, 4 March 2030, 15:00`."""
    local = start.astimezone(ZoneInfo(reader))
    return f"{_day(local)}, {clock(local)}" + _named(reader, lesson)


def clock(local: datetime) -> str:
    """`15:00`, or `02:30 (UTC+2)` in the hour that comes twice when the clocks go back."""
    other = local.replace(fold=1 - local.fold)
    twice = other.utcoffset() != local.utcoffset() and other.astimezone(UTC).astimezone(local.tzinfo) == other
    return f"{local:%H:%M} ({_offset(local)})" if twice else f"{local:%H:%M}"


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _day(local: datetime) -> str:
    return date_format(local, "l, j E Y")


def _named(reader: str, lesson: str) -> str:
    return "" if reader == lesson else f" ({reader})"
