"""What a rate comes to: the pay of a period by working days, and average earnings for the pay of a vacation. Pure.

A month's pay is shared out over its working days: each adds the growth of the month's running total, rounded HALF_UP to
0.01. So a whole month at one rate is its salary by its share exactly, and parts of a period add up to the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from .calendar import DAY, LAST, Calendar, Period
from .errors import EndsBeforeItStarts, OutOfRange, RatesOverlap

MOST_SHARE = Decimal("1.5")
MOST_SALARY = Decimal("100000000.00")
#: Average days of a month (ТК РФ, ст. 139).
MONTH_DAYS = Decimal("29.3")
_HUNDREDTH = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of a full post (above 0, at most 1.5, three places) and the monthly salary of a full one (0 to
    100,000,000, two places), from `valid_from` to `valid_to`, both in it; None is until further notice. OutOfRange,
    EndsBeforeItStarts."""

    share: Decimal
    salary: Decimal
    valid_from: date
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not _fits(self.share, MOST_SHARE, _THOUSANDTH) or self.share == 0:
            raise OutOfRange(field="share", above=0, most=MOST_SHARE, places=3)
        if not _fits(self.salary, MOST_SALARY, _HUNDREDTH):
            raise OutOfRange(field="salary", least=0, most=MOST_SALARY, places=2)
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise EndsBeforeItStarts(field="valid_to")

    @property
    def period(self) -> Period:
        return Period(self.valid_from, self.valid_to or LAST)

    @property
    def monthly(self) -> Decimal:
        """What a whole month comes to, not rounded."""
        return self.salary * self.share


@dataclass(frozen=True, slots=True)
class PayLine:
    """What a rate comes to in some days of one month: for `worked` of the month's `of` working days, two places."""

    period: Period
    rate: Rate
    worked: int
    of: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MonthPaid:
    """A calendar month of those that an average is taken of: what was paid for it, and how many of its calendar days
    count, vacations and illness left out; `length` is how many it has."""

    paid: Decimal
    counted: int
    length: int


def rate_on(rates: Iterable[Rate], day: date) -> Rate | None:
    """The rate that is valid on this day. RatesOverlap when there are two."""
    valid = [rate for rate in rates if day in rate.period]
    if len(valid) > 1:
        raise RatesOverlap(field="valid_from")
    return valid[0] if valid else None


def check_no_overlap(rates: Iterable[Rate]) -> None:
    """RatesOverlap when two are valid on one day."""
    ordered = sorted(rates, key=lambda rate: rate.valid_from)
    if any(one.period.overlaps(other.period) for one, other in pairwise(ordered)):
        raise RatesOverlap(field="valid_from")


def until_next(new: Rate, known: Iterable[Rate]) -> Rate:
    """The new rate as it is meant: without a last day it ends before the next one that is known begins."""
    later = [rate.valid_from for rate in known if rate.valid_from > new.valid_from]
    return replace(new, valid_to=min(later) - DAY) if later and new.valid_to is None else new


def rests(known: Rate, new: Rate) -> list[Rate]:
    """What of a known rate sticks out before and after a new one; the same first day again leaves nothing before."""
    found = []
    if known.valid_from < new.valid_from:
        found.append(replace(known, valid_to=min(known.period.end, new.valid_from - DAY)))
    if new.valid_to is not None and new.valid_to < known.period.end:
        found.append(replace(known, valid_from=max(known.valid_from, new.valid_to + DAY)))
    return found


def pay_lines(rates: Sequence[Rate], start: date, end: date, calendar: Calendar) -> list[PayLine]:
    """The pay of a period for its working days, each by the rate valid on it (ТК РФ, ст. 129, 135), a line for each
    month and rate. Days without a rate bring nothing. EndsBeforeItStarts; RatesOverlap."""
    check_no_overlap(rates)
    parts = months_of(Period(start, end))
    ordered = sorted(rates, key=lambda rate: rate.valid_from)
    return [
        _line(rates, rate, cut, calendar) for part in parts for rate in ordered if (cut := part.common(rate.period))
    ]


def pay(rates: Sequence[Rate], start: date, end: date, calendar: Calendar) -> Decimal:
    """The sum of the lines of a period, two places."""
    return sum((line.amount for line in pay_lines(rates, start, end, calendar)), Decimal("0.00"))


def average_daily(months: Iterable[MonthPaid]) -> Decimal:
    """Average earnings of a day of vacation: what was paid in twelve months by their days, 29.3 for a whole month, of
    another 29.3 by the part of its days that count (ТК РФ, ст. 139; government decree of 24.04.2025 № 540, before
    01.09.2025 of 24.12.2007 № 922). HALF_UP to 0.01; 0 when no day counts."""
    months = list(months)
    days = sum((MONTH_DAYS * month.counted / month.length for month in months), Decimal(0))
    return _rounded(sum((month.paid for month in months), Decimal(0)) / days) if days else Decimal("0.00")


def vacation_pay(daily: Decimal, days: int) -> Decimal:
    """The pay of so many days of vacation (ТК РФ, ст. 114, 139), HALF_UP to 0.01."""
    return _rounded(daily * days)


def months_of(period: Period) -> list[Period]:
    """The parts of a period in each of its calendar months."""
    parts: list[Period] = []
    start = period.start
    while start <= period.end:
        end = min(_month(start).end, period.end)
        parts.append(Period(start, end))
        start = end + DAY
    return parts


def _line(rates: Sequence[Rate], rate: Rate, part: Period, calendar: Calendar) -> PayLine:
    """Its amount is what this part of a month adds to the month's running total."""
    month = _month(part.start)
    days = calendar.working_dates(month.start, month.end)
    before = [day for day in days if day < part.start]
    until = [day for day in days if day <= part.end]
    amount = _total(rates, until, len(days)) - _total(rates, before, len(days))
    return PayLine(part, rate, len(until) - len(before), len(days), amount)


def _total(rates: Sequence[Rate], worked: Sequence[date], of: int) -> Decimal:
    amounts = (rate.monthly * sum(day in rate.period for day in worked) for rate in rates)
    return _rounded(sum(amounts, Decimal(0)) / of) if of else Decimal("0.00")


def _month(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, (first + 31 * DAY).replace(day=1) - DAY)


def _fits(number: Decimal, most: Decimal, places: Decimal) -> bool:
    return number.is_finite() and 0 <= number <= most and number == number.quantize(places)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_HUNDREDTH, ROUND_HALF_UP)
