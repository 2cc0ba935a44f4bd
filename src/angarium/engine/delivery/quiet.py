"""Quiet hours: a window of the day, in somebody's own zone, in which nothing disturbs them. Pure rules.

A window defers, it never drops: `ends` says when the clock on the wall leaves it. The clock is the local one: on the
day it is put forward or back, the window ends when that clock first shows its end (or jumps over it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
        if not self.covers(at.astimezone(zone).time()):
            return None
        ends = turns(at, zone, self.end)
        return min(end for end in ends if not self.covers(end.astimezone(zone).time()))


def turns(at: datetime, zone: tzinfo, clock: time) -> Iterator[datetime]:
    """The instants of the next two days, in UTC, at which that clock shows this time, once or twice, and that at which
    it is put forward or back: a rule about times of the day can turn at no other. Those that it jumps over are among
    them as times beside the jump."""
    at = at.astimezone(UTC)
    day = at.astimezone(zone).date()
    walls = [datetime.combine(day + timedelta(days=days), clock, zone) for days in range(3)]
    every = [wall.replace(fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)]
    last = at + timedelta(days=2)
    if at.astimezone(zone).utcoffset() != last.astimezone(zone).utcoffset():
        every.append(_put(at, last, zone))
    return (one for one in every if one > at)


def _put(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """When the clock is put forward or back in between, found by halving."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _EXACT:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


#: For somebody who wants to be told at any hour, whatever the instance's default is.
NEVER_QUIET = QuietHours(time(0), time(0))
