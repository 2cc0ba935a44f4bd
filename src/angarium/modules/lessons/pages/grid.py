"""Where lessons stand on a calendar: days of a wall clock, and lanes for what goes on at the same time. Pure.

A day is drawn by its wall clock: noon is in its middle also on the two days a year that have 23 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from angarium.modules.lessons.models import Lesson

HOUR = 52  # pixels of an hour
SHORTEST = 20  # pixels: so that a lesson of five minutes can still be seen and touched
WAKING = (8, 20)  # hours that are always shown


@dataclass
class Block:
    """One lesson on one day: from minute to minute of the day's clock, in one of so many lanes."""

    lesson: Lesson
    first: int
    last: int
    lane: int = 0
    lanes: int = 1
    top: int = 0

    @property
    def y(self) -> int:
        return (self.first - self.top) * HOUR // 60

    @property
    def height(self) -> int:
        return max(SHORTEST, (self.last - self.first) * HOUR // 60 - 2)

    @property
    def x(self) -> str:
        return f"{100 * self.lane / self.lanes:.2f}%"

    @property
    def width(self) -> str:
        return f"{100 / self.lanes - 0.8:.2f}%"


@dataclass
class Day:
    date: date
    blocks: list[Block] = field(default_factory=list)
    #: Pixels from the top to the present moment, on today's column.
    now: int | None = None

    @property
    def is_today(self) -> bool:
        return self.now is not None


@dataclass
class Grid:
    """Days side by side, showing the hours from `first` to `last`."""

    days: list[Day]
    first: int
    last: int

    @property
    def hours(self) -> list[tuple[int, int]]:
        """Each hour shown, and how many pixels from the top it begins."""
        return [(hour, (hour - self.first) * HOUR) for hour in range(self.first, self.last)]

    @property
    def height(self) -> int:
        return (self.last - self.first) * HOUR

    @property
    def empty(self) -> bool:
        return not any(day.blocks for day in self.days)


def bounds(first: date, days: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight on the clock of a zone, as instants."""
    ends = (datetime.combine(day, time(), zone) for day in (first, first + timedelta(days=days)))
    begin, end = (moment.astimezone(UTC) for moment in ends)
    return begin, end


def grid(lessons: Sequence[Lesson], first: date, days: int, zone: ZoneInfo, now: datetime) -> Grid:
    """The lessons on so many days from `first`, on the clock of a zone."""
    made = [Day(first + timedelta(days=number)) for number in range(days)]
    for day in made:
        day.blocks = _in_lanes(block for lesson in lessons if (block := _block(lesson, day.date, zone)))
    blocks = [block for day in made for block in day.blocks]
    top = min([WAKING[0], *(block.first // 60 for block in blocks)])
    bottom = max([WAKING[1], *(-(-block.last // 60) for block in blocks)])
    for block in blocks:
        block.top = top * 60
    local = now.astimezone(zone)
    for day in made:
        if day.date == local.date():
            day.now = (local.hour * 60 + local.minute - top * 60) * HOUR // 60
    return Grid(made, top, bottom)


def _block(lesson: Lesson, day: date, zone: ZoneInfo) -> Block | None:
    """The part of a lesson that lies on this day; None when none does."""
    start, end = lesson.starts_at.astimezone(zone), lesson.ends_at.astimezone(zone)
    if not start.date() <= day <= end.date():
        return None
    first = _minute(start) if start.date() == day else 0
    last = _minute(end) if end.date() == day else 24 * 60
    if start.date() == day == end.date():
        last = max(last, first + 1)  # the clock went back meanwhile
    return Block(lesson, first, last) if last > first else None


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _in_lanes(blocks: Iterable[Block]) -> list[Block]:
    """Give each block the first lane that is free, and let those that touch each other share the width."""
    ordered = sorted(blocks, key=lambda block: (block.first, -block.last, block.lesson.id))
    cluster: list[Block] = []
    ends: list[int] = []
    for block in ordered:
        if cluster and block.first >= max(ends):
            _share(cluster, ends)
            cluster, ends = [], []
        block.lane = next((lane for lane, end in enumerate(ends) if end <= block.first), len(ends))
        ends[block.lane : block.lane + 1] = [block.last]
        cluster.append(block)
    _share(cluster, ends)
    return ordered


def _share(cluster: Sequence[Block], ends: Sequence[Any]) -> None:
    for block in cluster:
        block.lanes = len(ends)
