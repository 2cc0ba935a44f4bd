"""How somebody's balance stands on a day: the numbers, the picture of the year, the derivation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from angarium.modules.timeoff.balances import Book, balance, book_of, sentence
from angarium.modules.timeoff.derivation import ZERO, Line, balance_of
from angarium.modules.timeoff.models import Employee
from angarium.modules.timeoff.queries import AWAY, standing_requests

from .derived import Year, years_of
from .plots import WIDTHS, Away, Plot, Step, plot
from .wording import day_said, days_said, signed, span_said

#: So many years from now a balance can be looked at.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """The year drawn for a wide window and for a small one; `spoken` is what a screen reader gets of it."""

    plots: Sequence[Plot]
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A balance on a day as a page shows it. Numbers are strings in the reader's language."""

    on: date
    is_today: bool
    earliest: date
    latest: date
    title: str
    day: str
    number: str
    reserved: str
    free: str
    free_note: str
    end_title: str
    end_number: str
    picture: Picture
    years: Sequence[Year]


def bounds_of(employee: Employee, today: date) -> tuple[date, date]:
    """The first and the last day for which a page shows this employee's balance."""
    last = date(today.year + AHEAD, 12, 31)
    return min(employee.hired_on, today), last


def standing_of(employee: Employee, on: date, today: date) -> Standing:
    """The employee's balance at the end of `on`. A handful of queries, however long they work here."""
    found, book = balance(employee, on), book_of(employee)
    earliest, latest = bounds_of(employee, today)
    end = date(on.year, 12, 31)
    lines = [*book.lines(end), *(line for line in book.reserves() if line.on <= end)]
    return Standing(
        on=on,
        is_today=on == today,
        earliest=earliest,
        latest=latest,
        title=_("Balance today") if on == today else _("Balance on %(day)s") % {"day": day_said(on)},
        day=day_said(on),
        number=days_said(found.days),
        reserved=days_said(found.reserved),
        free=days_said(found.available),
        free_note=_("for a vacation from this day on") if on != today else _("for a vacation from today on"),
        end_title=_("On 31 December %(year)s") % {"year": on.year},
        end_number=days_said(balance_of(lines, end)),
        picture=picture_of(book, on, today, found.days),
        years=years_of(found.derivation, today),
    )


def picture_of(book: Book, on: date, today: date, days: Decimal) -> Picture:
    """The year of `on`, with the balance of that day marked."""
    end = date(on.year, 12, 31)
    steps = [*map(_step, book.lines(end)), *(_step(line, reserved=True) for line in book.reserves())]
    aways = _aways(book.employee, on.year)
    names = [date_format(date(on.year, month, 1), "M") for month in range(1, 13)]
    chosen = (on, days_said(days))
    plots = [plot(steps, aways, names, year=on.year, today=today, chosen=chosen, width=width) for width in WIDTHS]
    return Picture(plots, _spoken(book, on, days, aways))


def _step(line: Line, reserved: bool = False) -> Step:
    return Step(line.on, line.days, reserved, f"{day_said(line.on)}: {signed(line.days)}. {sentence(line.because)}")


def _aways(employee: Employee, year: int) -> list[Away]:
    rows = standing_requests(employee.pk).filter(kind__in=AWAY, end__year__gte=year, start__year__lte=year)
    return [
        Away(
            one.start,
            one.end,
            "waiting" if one.status == "submitted" else str(one.kind),
            f"{one.get_kind_display()}: {span_said(one.start, one.end)} ({one.get_status_display()})",
        )
        for one in rows.order_by("start")
    ]


def _spoken(book: Book, on: date, days: Decimal, aways: Sequence[Away]) -> str:
    first, last = date(on.year, 1, 1), date(on.year, 12, 31)
    lines = book.lines(last)
    before = balance_of(lines, first - timedelta(days=1)) if lines else ZERO
    numbers = {"year": on.year, "first": days_said(before), "day": day_said(on), "number": days_said(days)}
    said = _("Balance in %(year)s: %(first)s at the beginning, %(number)s on %(day)s, %(last)s at the end.") % {
        **numbers,
        "last": days_said(balance_of(lines, last)),
    }
    return " ".join([said, *(f"{away.title}." for away in aways)])
