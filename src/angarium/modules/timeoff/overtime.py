"""Work on public holidays and days off: on which dates, how many minutes, what is due for it. Pure.

A date is a local one: work over midnight belongs to two dates, and over the end of a year to two years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from .calendar import DAY, DAY_MINUTES, Calendar, DayKind, Period
from .errors import EndsBeforeItStarts, OutOfRange

_MINUTE = timedelta(minutes=1)
DAY_AT_MOST = 24 * 60


class FreeKind(StrEnum):
    """Why a day is free: a public holiday (ТК РФ, ст. 112), a transferred day off, a weekend (ст. 111)."""

    PUBLIC = "public"
    TRANSFERRED = "transferred"
    WEEKEND = "weekend"


class Due(StrEnum):
    """What work on a free day is made good by, as the employee chooses (ТК РФ, ст. 153)."""

    DOUBLE_PAY = "double_pay"
    DAY_OFF = "day_off"


@dataclass(frozen=True, slots=True)
class HolidayWork:
    """Minutes worked on one free date."""

    on: date
    minutes: int
    kind: FreeKind


@dataclass(frozen=True, slots=True)
class Totals:
    """Days and minutes of work on free days; `public_minutes` are those on public holidays."""

    days: int = 0
    minutes: int = 0
    public_days: int = 0
    public_minutes: int = 0


def free_kind(calendar: Calendar, day: date) -> FreeKind | None:
    """Why the day is free; None for a day that is worked."""
    if calendar.is_working(day):
        return None
    kind = calendar.kind(day)
    if kind == DayKind.PUBLIC:
        return FreeKind.PUBLIC
    return FreeKind.TRANSFERRED if kind == DayKind.TRANSFERRED else FreeKind.WEEKEND


def free_days(calendar: Calendar, start: date, end: date) -> dict[date, FreeKind]:
    """The free days of a period, in order. EndsBeforeItStarts."""
    kinds = ((day, free_kind(calendar, day)) for day in Period(start, end))
    return {day: kind for day, kind in kinds if kind is not None}


def minutes_by_day(start: date, end: date, minutes: int = DAY_MINUTES) -> dict[date, int]:
    """So many minutes on every date of the period. EndsBeforeItStarts; OutOfRange unless 1 to 1,440 a day."""
    if not 0 < minutes <= DAY_AT_MOST:
        raise OutOfRange(field="minutes", least=1, most=DAY_AT_MOST)
    return dict.fromkeys(Period(start, end), minutes)


def minutes_by_date(intervals: Iterable[tuple[datetime, datetime]], zone: tzinfo | str) -> dict[date, int]:
    """Minutes worked on each local date: intervals of aware instants, cut at the midnights of the zone, what overlaps
    once, real time where clocks are moved; HALF_UP to a minute a date. EndsBeforeItStarts for an interval that does."""
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    seconds: dict[date, timedelta] = {}
    for start, end in _united(intervals):
        for day, span in _cut(start, end, zone):
            seconds[day] = seconds.get(day, timedelta()) + span
    return {day: minutes for day, span in seconds.items() if (minutes := _whole(span))}


def holiday_work(by_date: Mapping[date, int], calendar: Calendar) -> tuple[HolidayWork, ...]:
    """Of the minutes by dates, those on free days, in order (ТК РФ, ст. 113, 153)."""
    worked = ((day, by_date[day], free_kind(calendar, day)) for day in sorted(by_date))
    return tuple(HolidayWork(day, minutes, kind) for day, minutes, kind in worked if kind and minutes)


def totals(work: Iterable[HolidayWork]) -> Totals:
    """The sums over all of it. Parts of a period add up to the period."""
    work = list(work)
    public = [done for done in work if done.kind == FreeKind.PUBLIC]
    return Totals(len(work), _sum(work), len(public), _sum(public))


def by_year(work: Iterable[HolidayWork]) -> dict[int, Totals]:
    """The sums of each calendar year, for work over New Year."""
    work = list(work)
    years = sorted({done.on.year for done in work})
    return {year: totals(done for done in work if done.on.year == year) for year in years}


def paid_minutes(work: Iterable[HolidayWork], due: Due = Due.DOUBLE_PAY) -> int:
    """Minutes to be paid: double, or single where a day off is taken (ТК РФ, ст. 153)."""
    return _sum(work) * (2 if due == Due.DOUBLE_PAY else 1)


def days_off_due(work: Iterable[HolidayWork], due: Due = Due.DAY_OFF) -> int:
    """Days off in exchange: a whole day for each date, however few hours were worked on it (ТК РФ, ст. 153)."""
    return len({done.on for done in work}) if due == Due.DAY_OFF else 0


def _sum(work: Iterable[HolidayWork]) -> int:
    return sum(done.minutes for done in work)


def _united(intervals: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same time as intervals that do not touch, in UTC, in order."""
    united: list[tuple[datetime, datetime]] = []
    for start, end in sorted(map(_checked, intervals)):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def _checked(interval: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    start, end = (instant.astimezone(UTC) for instant in interval)
    if end < start:
        raise EndsBeforeItStarts(field="end")
    return start, end


def _cut(start: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[date, timedelta]]:
    while start < end:
        day = start.astimezone(zone).date()
        until = min(end, datetime.combine(day + DAY, time(), zone).astimezone(UTC))
        yield day, until - start
        start = until


def _whole(span: timedelta) -> int:
    micro = timedelta(microseconds=1)
    return int((Decimal(span // micro) / Decimal(_MINUTE // micro)).quantize(Decimal(1), ROUND_HALF_UP))
