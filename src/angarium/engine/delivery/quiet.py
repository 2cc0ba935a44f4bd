"""Quiet hours: a window of the day, in somebody's own zone, in which nothing disturbs them. Pure rules.

A window defers, it never drops: `ends` says when the clock on the wall leaves it. The clock is the local one: on the
day it is put forward or back, the window ends when that clock first shows its end (or jumps over it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_form = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_EXACT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` by the clock on the wall, over midnight when `end` is the earlier one; equal: never."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours | None:
        """`22:00-08:00`; None for an empty text. ValueError for anything else."""
        if not text:
            return None
        found = _form.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a window of the day; write one such as 22:00-08:00.")
        hours = [int(part) for part in found.groups()]
        return cls(time(hours[0], hours[1]), time(hours[2], hours[3]))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def covers(self, clock: time) -> bool:
        """Does the window hold at this time of the day? Its start belongs to it, its end does not."""
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def ends(self, at: datetime, zone: tzinfo) -> datetime | None:
        """When the window around `at` is over, in UTC; None when `at` lies in none."""
        local = at.astimezone(zone)
        if not self.covers(local.time()):
            return None
        day = local.date() + timedelta(days=1) if local.time() >= self.end else local.date()
        wall = datetime.combine(day, self.end, zone)
        first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        end = first if first > at else second
        skipped = end.astimezone(zone).time() != self.end
        return self._left(at.astimezone(UTC), end, zone) if skipped else end

    def _left(self, inside: datetime, outside: datetime, zone: tzinfo) -> datetime:
        """The clock jumps over the end: the instant of the jump, found by halving."""
        while outside - inside > _EXACT:
            middle = inside + (outside - inside) / 2
            if self.covers(middle.astimezone(zone).time()):
                inside = middle
            else:
                outside = middle
        return outside.replace(microsecond=0)


#: For somebody who wants to be told at any hour, whatever the instance's default is.
NEVER_QUIET = QuietHours(time(0), time(0))
