"""How a balance comes about, line by line and year by year: what a page tells who asks to explain a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from angarium.modules.timeoff.balances import sentence
from angarium.modules.timeoff.derivation import ZERO, Line
from angarium.modules.timeoff.models import Holiday

from .wording import days_said, named, signed


@dataclass(frozen=True, slots=True)
class Shown:
    """One line as it is read: `days` with their sign, `after` the balance with it; `ahead` one still to come."""

    on: date
    kind: str
    words: str
    holidays: str
    article: str
    rule: str
    request: int | None
    days: str
    after: str
    down: bool
    ahead: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year's lines, the newest first, and what they make of the balance before."""

    year: int
    before: str
    added: str
    taken: str
    after: str
    lines: list[Shown]


def years_of(derivation: Iterable[Line], today: date) -> list[Year]:
    """The derivation by years, the newest first. One query, for the names of holidays."""
    lines = list(derivation)
    names = names_of_days(day for line in lines for day in line.holidays)
    years, balance = [], ZERO
    for year, group in groupby(lines, key=lambda line: line.on.year):
        found = _year(year, list(group), balance, names, today)
        years.append(found[0])
        balance = found[1]
    return years[::-1]


def names_of_days(days: Iterable[date]) -> dict[date, str]:
    """What the calendar calls these days. One query, none for no days."""
    wanted = set(days)
    return dict(Holiday.objects.filter(day__in=wanted).values_list("day", "name")) if wanted else {}


def holidays_said(days: Iterable[date], names: Mapping[date, str]) -> str:
    """`12 June (День России)`."""
    return named((day, names.get(day, "")) for day in days)


def _year(
    year: int, lines: list[Line], before: Decimal, names: Mapping[date, str], today: date
) -> tuple[Year, Decimal]:
    shown, balance = [], before
    for line in lines:
        balance += line.days
        shown.append(_shown(line, balance, names, today))
    added = sum((line.days for line in lines if line.days > 0), ZERO)
    taken = sum((line.days for line in lines if line.days < 0), ZERO)
    found = Year(year, days_said(before), signed(added), signed(taken), days_said(balance), shown[::-1])
    return found, balance


def _shown(line: Line, after: Decimal, names: Mapping[date, str], today: date) -> Shown:
    return Shown(
        on=line.on,
        kind=line.kind,
        words=sentence(line.because),
        holidays=holidays_said(line.holidays, names),
        article=line.article,
        rule=_("rule %(name)s") % {"name": line.rule} if line.rule else "",
        request=line.request,
        days=signed(line.days),
        after=days_said(after),
        down=line.days < 0,
        ahead=line.on > today,
    )
