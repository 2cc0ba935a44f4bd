"""When a message may go: a window of the day by the clock on the client's wall, on some days of the week. Pure rules.

A window defers, it never drops. Its start belongs to it, its end does not; with an end before its start it lasts over
midnight, and the hours after midnight belong to the day on which it opened. Equal bounds mean the whole day. On the day
that clocks are put forward or back, the clock on the wall decides: an hour that comes twice is in the window twice, a
start that is jumped over is the instant of the jump.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from angarium.engine.delivery.public import QuietHours, turns

EVERY_DAY = frozenset(range(1, 8))
_MIDNIGHT = time(0)
#: Openings in a week, and those that a clock which is put back adds.
_LOOKS = 12


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`; None for any hour. `weekdays` are ISO: Monday 1 to Sunday 7."""

    start: time | None = None
    end: time | None = None
    weekdays: frozenset[int] = EVERY_DAY

    @property
    def is_open_always(self) -> bool:
        return not self._has_hours and self.weekdays == EVERY_DAY

    def opens(self, at: datetime, zone: tzinfo) -> datetime:
        """The first instant at or after `at` when it is open; `at` itself when it is."""
        for _ in range(_LOOKS):
            first = self._into_hours(at, zone)
            if self._day(first, zone) in self.weekdays:
                return first
            at = self._closes(first, zone)
        raise ValueError("A window needs a day of the week.")

    def closes(self, inside: datetime, zone: tzinfo) -> datetime | None:
        """When it is over that is open at `inside`; None for a window that always is open."""
        return None if self.is_open_always else self._closes(inside, zone)

    @property
    def _has_hours(self) -> bool:
        return self.start is not None and self.end is not None and self.start != self.end

    @property
    def _inside(self) -> QuietHours:
        return QuietHours(self.start or _MIDNIGHT, self.end or _MIDNIGHT)

    @property
    def _outside(self) -> QuietHours:
        return QuietHours(self.end or _MIDNIGHT, self.start or _MIDNIGHT)

    def _into_hours(self, at: datetime, zone: tzinfo) -> datetime:
        if not self._has_hours:
            return at
        return self._outside.ends(at, zone) or at

    def _closes(self, inside: datetime, zone: tzinfo) -> datetime:
        """When the window around this instant, which lies in its hours, is over."""
        if not self._has_hours:
            return _next_midnight(inside, zone)
        return self._inside.ends(inside, zone) or inside

    def _day(self, inside: datetime, zone: tzinfo) -> int:
        local = inside.astimezone(zone)
        day = local.date()
        over_midnight = self._has_hours and self._inside.start > self._inside.end
        if over_midnight and local.time() < self._inside.end:
            day -= timedelta(days=1)
        return day.isoweekday()


def _next_midnight(at: datetime, zone: tzinfo) -> datetime:
    """The first instant of the next day by that clock."""
    day = at.astimezone(zone).date()
    return min(turn for turn in turns(at, zone, _MIDNIGHT) if turn.astimezone(zone).date() > day)


@dataclass(frozen=True, slots=True)
class Chance:
    """When a message may first go, None for never; `waits` says that its window is what it waits for."""

    at: datetime | None
    waits: bool = False


def chance(window: Window, zone: tzinfo, *, start: datetime, finish: datetime, at: datetime) -> Chance:
    """When a message to somebody in this zone may go, asked at `at`, of a mailing that lasts from start to finish."""
    earliest = max(start, at)
    opening = window.opens(earliest, zone)
    if opening >= finish:
        return Chance(None, waits=opening > earliest)
    return Chance(opening, waits=opening > earliest)


def zone_named(name: str) -> tzinfo:
    """The zone of this name; UTC for one that this machine does not know, so that a single client holds up nobody."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def weekdays_of(mask: int) -> frozenset[int]:
    """Monday is bit 0."""
    return frozenset(day for day in EVERY_DAY if mask >> (day - 1) & 1)


def mask_of(weekdays: Iterable[int]) -> int:
    return sum(1 << (day - 1) for day in set(weekdays))
