"""How a working year's vacation is split into parts, and when the first may be: notices, no refusals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .accrual import ENTITLEMENT, Facts, working_years
from .calendar import DAY
from .rules import rule_on

#: Calendar days that one part of a working year's vacation has at least (ТК РФ, ст. 125).
LONG_PART = 14
#: Months of unbroken work after which the first vacation may be asked for (ТК РФ, ст. 122).
FIRST_AFTER = 6


@dataclass(frozen=True, slots=True)
class Notice:
    """What whoever asks or decides should know: a code that a sentence stands for, what is put into it, the article."""

    code: str
    article: str
    facts: Mapping[str, object] = field(default_factory=dict)


def parts_by_year(takings: Iterable[Decimal], entitlement: Decimal = ENTITLEMENT) -> list[tuple[Decimal, ...]]:
    """The days of takings, in the order of their dates, as parts of the first, the second, … working year: the oldest
    year is used up first, and one that reaches into the next is a part of both."""
    years: list[list[Decimal]] = [[]]
    for days in takings if entitlement > 0 else ():
        while days > 0:
            part = min(days, entitlement - sum(years[-1]))
            if part > 0:
                years[-1].append(part)
                days -= part
            else:
                years.append([])
    return [tuple(parts) for parts in years if parts]


def long_part(parts: Iterable[Decimal], entitlement: Decimal = ENTITLEMENT) -> Notice | None:
    """A notice when none of a working year's parts has 14 calendar days and what is left of the year cannot have them
    any more (ТК РФ, ст. 125)."""
    parts = list(parts)
    left = entitlement - sum(parts)
    if left >= LONG_PART or any(part >= LONG_PART for part in parts):
        return None
    article = rule_on("long_part", date.max).article
    return Notice("no_long_part", article, {"days": LONG_PART, "left": left, "longest": max(parts, default=Decimal(0))})


def first_vacation(facts: Facts, start: date) -> Notice | None:
    """A notice when a vacation begins before six months of work are over: it is then by agreement, or for those whom
    the law names (ТК РФ, ст. 122); from the second working year on, at any time."""
    year = next(working_years(facts, facts.hired_on))
    since = year.months[FIRST_AFTER - 1].period.end + DAY
    if start >= since:
        return None
    return Notice("before_six_months", rule_on("first_vacation", start).article, {"since": since})
