"""Which days are public holidays, days off and working days, and what of a period counts. Pure.

A year is known when its rows name the holidays of art. 112, all but two at most: those may have been taken out. In any
other year that list and the weekends hold, what rows there are on top of them, so that a year entered day by day has
its holidays all the while; the days of a vacation are then right, the working days may not be.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from .errors import EndsBeforeItStarts, OutOfRange

DAY = timedelta(days=1)
#: Dates outside are slips of the pen.
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
#: Minutes of a whole working day, of a full rate (ТК РФ, ст. 91: 40 hours a week).
DAY_MINUTES = 480
#: By how much a working day is shorter before a public holiday (ТК РФ, ст. 95).
SHORTER = 60

#: Public holidays by ТК РФ, ст. 112, as month and day.
NEW_YEAR = tuple((1, day) for day in range(1, 9))
FIXED = (*NEW_YEAR, (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4))
_MAY_LACK = 2


class DayKind(StrEnum):
    """Why a day is not as its weekday says. A transferred day off is no public holiday."""

    PUBLIC = "public"
    TRANSFERRED = "transferred"
    WORKING_SATURDAY = "working_saturday"
    SHORT_DAY = "short_day"


_OFF = frozenset({DayKind.PUBLIC, DayKind.TRANSFERRED})


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole days from `start` to `end`, both in it. EndsBeforeItStarts, OutOfRange for an absurd date."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise EndsBeforeItStarts(field="end")
        for name, day in (("start", self.start), ("end", self.end)):
            if not FIRST <= day <= LAST:
                raise OutOfRange(field=name, least=FIRST, most=LAST)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __len__(self) -> int:
        return (self.end - self.start).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.start + index * DAY for index in range(len(self)))

    def overlaps(self, other: Period) -> bool:
        return self.start <= other.end and other.start <= self.end

    def common(self, other: Period) -> Period | None:
        """The days that are in both."""
        return Period(max(self.start, other.start), min(self.end, other.end)) if self.overlaps(other) else None


@dataclass(frozen=True, slots=True)
class _Year:
    """The days of one year, in order, to be counted by their places."""

    public: tuple[date, ...]
    working: tuple[date, ...]
    short: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Kinds of the days that are not as their weekday says; `version` names the state of the table they are from."""

    days: Mapping[date, DayKind]
    version: str = ""
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)
    _known: dict[int, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_known(self, year: int) -> bool:
        """Is the year's table filled in? Where not, transfers by decree are missing."""
        if year not in self._known:
            lacking = sum(date(year, month, day) not in self.days for month, day in FIXED)
            self._known[year] = lacking <= _MAY_LACK
        return self._known[year]

    def kind(self, day: date) -> DayKind | None:
        """Why the day is not as its weekday says; None for an ordinary day."""
        if (kind := self.days.get(day)) or self.is_known(day.year):
            return kind
        return _by_law(day)

    def is_public(self, day: date) -> bool:
        """A public holiday (ТК РФ, ст. 112)."""
        return self.kind(day) == DayKind.PUBLIC

    def is_working(self, day: date) -> bool:
        """A day that a five-day week works."""
        kind = self.kind(day)
        return kind not in _OFF if kind else day.weekday() < 5

    def is_short(self, day: date) -> bool:
        """An hour shorter, before a public holiday (ТК РФ, ст. 95). A working Saturday is as long as the day that is
        off in its stead (order № 588н): short when that one is all that lies between it and the holiday, but Sunday."""
        kind = self.kind(day)
        if kind == DayKind.WORKING_SATURDAY:
            return self._leads_to_holiday(day)
        return kind == DayKind.SHORT_DAY

    def holidays_in(self, start: date, end: date) -> tuple[date, ...]:
        """The public holidays of the period, in order. EndsBeforeItStarts."""
        return self._of("public", Period(start, end))

    def vacation_days(self, start: date, end: date) -> int:
        """What a vacation takes: its calendar days without public holidays; transferred days off do count
        (ТК РФ, ст. 120: 12 June is out, a transferred 13 June is in). Whole days, no rounding."""
        return len(Period(start, end)) - len(self.holidays_in(start, end))

    def working_days(self, start: date, end: date) -> int:
        """Working days of a five-day week in the period. EndsBeforeItStarts."""
        return len(self._of("working", Period(start, end)))

    def working_dates(self, start: date, end: date) -> tuple[date, ...]:
        """The working days themselves, in order."""
        return self._of("working", Period(start, end))

    def day_minutes(self, day: date, share: Decimal = Decimal(1)) -> int:
        """What a day's norm is, in minutes: 480 by the share, HALF_UP to a whole minute, a whole hour less on a short
        day whatever the share (ТК РФ, ст. 91, 93, 95; order № 588н); 0 on a day off."""
        if not self.is_working(day):
            return 0
        return max(_whole(DAY_MINUTES * share) - SHORTER * self.is_short(day), 0)

    def norm_minutes(self, start: date, end: date, share: Decimal = Decimal(1)) -> int:
        """The norm of a period, in minutes: the sum of its days' norms, so that parts of a period add up to it."""
        period = Period(start, end)
        whole = _whole(DAY_MINUTES * share)
        short = len(self._of("short", period))
        return (len(self._of("working", period)) - short) * whole + short * max(whole - SHORTER, 0)

    def _leads_to_holiday(self, day: date) -> bool:
        exchanged = 0
        day += DAY
        while not (self.is_public(day) or self.is_working(day)):
            exchanged += self.kind(day) == DayKind.TRANSFERRED
            day += DAY
        return self.is_public(day) and exchanged <= 1

    def _of(self, which: str, period: Period) -> tuple[date, ...]:
        found: list[date] = []
        for year in range(period.start.year, period.end.year + 1):
            dates: tuple[date, ...] = getattr(self._year(year), which)
            found += dates[bisect_left(dates, period.start) : bisect_right(dates, period.end)]
        return tuple(found)

    def _year(self, year: int) -> _Year:
        if year not in self._years:
            dates = list(Period(date(year, 1, 1), date(year, 12, 31)))
            working = tuple(filter(self.is_working, dates))
            public, short = tuple(filter(self.is_public, dates)), tuple(filter(self.is_short, working))
            self._years[year] = _Year(public, working, short)
        return self._years[year]


def _by_law(day: date) -> DayKind | None:
    """What ТК РФ, ст. 112 and 95 make of a day without any decree: a weekend's holiday moves its day off to the next
    working day, those of the New Year excepted, and the day before a holiday is short."""
    if not FIRST <= day <= LAST:
        return None
    if _fixed(day):
        return DayKind.PUBLIC
    if _moved_to(day):
        return DayKind.TRANSFERRED
    return DayKind.SHORT_DAY if day.weekday() < 5 and _fixed(day + DAY) else None


def _fixed(day: date) -> bool:
    return (day.month, day.day) in FIXED


def _moved_to(day: date) -> bool:
    """A Monday after a holiday of the weekend. No two holidays stand so near that one pushes on the other."""
    weekend = (day - DAY, day - 2 * DAY)
    return day.weekday() == 0 and any(_fixed(free) and (free.month, free.day) not in NEW_YEAR for free in weekend)


def _whole(minutes: Decimal) -> int:
    return int(minutes.quantize(Decimal(1), ROUND_HALF_UP))
