"""A balance is a list of lines, and its sum: what each line is, and what their sum is on any date. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import accumulate

from .calendar import Calendar, Period
from .rules import Rule, rule_on

ZERO = Decimal("0.00")
_HUNDREDTH = Decimal("0.01")


class LineKind(StrEnum):
    """What a line is. `reserve` is a line of a request that is not decided; it is never stored."""

    OPENING = "opening"
    ACCRUAL = "accrual"
    USE = "use"
    RESERVE = "reserve"
    RESTORATION = "restoration"
    CORRECTION = "correction"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class Because:
    """Why a line is: a code that a sentence in the reader's language stands for, and what is put into it."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a derivation. `on` is the day from whose end it counts, `days` are signed, with two places; `rule` is
    a rule's name and version; `period` the days it is about; `holidays` what was left out of them (ТК РФ, ст. 120)."""

    on: date
    kind: str
    days: Decimal
    rule: str
    article: str
    because: Because
    period: Period | None = None
    holidays: tuple[date, ...] = ()
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Low:
    """The lowest balance and the first day that has it."""

    on: date
    days: Decimal


def in_order(lines: Iterable[Line]) -> list[Line]:
    """The lines by their dates; of one day, what adds before what takes."""
    return sorted(lines, key=lambda line: (line.on, line.days < 0))


def balance_of(lines: Iterable[Line], on: date) -> Decimal:
    """The balance at the end of a day, in days with two places: the sum of the lines up to it."""
    return sum((line.days for line in lines if line.on <= on), ZERO)


def lowest(lines: Iterable[Line], since: date) -> Low:
    """The lowest that the balance gets at the end of `since` or of any later day. Without lines it is 0 on `since`."""
    lines = list(lines)
    turns = sorted({since, *(line.on for line in lines if line.on > since)})
    moved = dict.fromkeys(turns, ZERO)
    for line in lines:
        moved[max(line.on, since)] += line.days
    low = min(zip(accumulate(moved.values()), moved, strict=True))
    return Low(low[1], low[0])


def affords(lines: Iterable[Line], since: date, days: Decimal, advance: Decimal = ZERO) -> bool:
    """Can so many days be taken on `since` without the balance being below −advance then or on any later day?"""
    return lowest(lines, since).days - days >= -advance


def rounded(days: Decimal | int) -> Decimal:
    """Days with two places, HALF_UP."""
    return Decimal(days).quantize(_HUNDREDTH, ROUND_HALF_UP)


def line_by(
    rule: Rule, kind: LineKind, on: date, days: Decimal | int, because: Because, period: Period | None = None
) -> Line:
    """A line made by a rule."""
    return Line(
        on=on, kind=kind, days=rounded(days), rule=rule.ref, article=rule.article, because=because, period=period
    )


def taking(calendar: Calendar, period: Period, request: int | None = None, kind: LineKind = LineKind.USE) -> Line:
    """The line of a vacation: on its first day it takes its calendar days without the public holidays in it
    (ТК РФ, ст. 120). `kind` is `use`, or `reserve` for one that nobody has decided."""
    holidays = calendar.holidays_in(period.start, period.end)
    days = calendar.vacation_days(period.start, period.end)
    code = "vacation_over_holidays" if holidays else "vacation"
    because = Because(code, {"start": period.start, "end": period.end, "days": days, "holidays": len(holidays)})
    rule = rule_on("holidays_left_out", period.start)
    return replace(line_by(rule, kind, period.start, -days, because, period), holidays=holidays, request=request)


def correction(was: Iterable[Line], right: Iterable[Line], on: date, code: str = "recalculated") -> Line | None:
    """What sets right, as of `on`, that `was` was entered where the rules now give `right`; None where both are as
    much. What was entered stays as it was."""
    before, after = (sum((line.days for line in lines), ZERO) for lines in (was, right))
    if before == after:
        return None
    because = Because(code, {"before": before, "after": after})
    return line_by(rule_on("correction", on), LineKind.CORRECTION, on, after - before, because)
