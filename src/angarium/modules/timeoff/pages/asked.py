"""What a request that is being written would take: said before it is sent, by the rules that decide on sending it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from angarium.engine.console.public import said
from angarium.engine.identity.public import Principal
from angarium.kernel.errors import AngariumError
from angarium.modules.timeoff.actions.steps import check_no_overlap, prepare
from angarium.modules.timeoff.balances import Book, book_of, check_affordable, days_of, notices_of, sentence_of_notice
from angarium.modules.timeoff.calendar import Calendar, Period
from angarium.modules.timeoff.derivation import lowest
from angarium.modules.timeoff.errors import EndsBeforeItStarts, NotEnoughDays, Overlapping
from angarium.modules.timeoff.lifecycle import Kind
from angarium.modules.timeoff.models import Request
from angarium.modules.timeoff.queries import deciders_of

from .derived import holidays_said, names_of_days
from .team import away_then
from .wording import day_said, days_said, span_said


@dataclass(slots=True, kw_only=True)
class Told:
    """What stands beside the form. `before` and `after` are what is free, empty where nothing is taken."""

    days: str
    days_note: str
    not_counted: str = ""
    day: str = ""
    before: str = ""
    after: str = ""
    short: bool = False
    refusals: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    away: Sequence[dict[str, Any]] = ()
    deciders: Sequence[str] = ()


def told_of(by: Principal, request: Request) -> Told:
    """Of a request that is not saved, or of a draft with other days. Raises nothing: what would refuse it is told."""
    if request.end < request.start:
        return Told(days="–", days_note="", refusals=[said(EndsBeforeItStarts())])
    book = book_of(request.employee)
    request.days = days_of(request, book.calendar)
    number, words = takes(request, book.calendar)
    told = Told(days=number, days_note=words)
    told.not_counted = not_counted(request, book.calendar)
    _balance(told, book, request)
    told.refusals = refusals_of(book, request)
    told.notices = [sentence_of_notice(notice) for notice in notices_of(book, request)]
    told.away = away_then(by, request.employee, request.start, request.end)
    told.deciders = [one.name for one in deciders_of(request.employee, request.start)]
    return told


def free_at(book: Book, request: Request) -> Decimal:
    """What of the balance nothing else has taken or reserved from the request's first day on."""
    others = [
        line for line in book.lines(book.last_turn(request.start)) if line.request != request.pk or not request.pk
    ]
    return lowest([*others, *book.reserves(but=request.pk)], request.start).days


def not_counted(request: Request, calendar: Calendar) -> str:
    """The public holidays in a vacation, by name."""
    if request.kind != Kind.VACATION:
        return ""
    days = calendar.holidays_in(request.start, request.end)
    return holidays_said(days, names_of_days(days))


def refusals_of(book: Book, request: Request) -> list[str]:
    """Why it would be refused if it were sent now. What is wrong with its days hides what they would take."""
    try:
        prepare(request, book.calendar)
    except AngariumError as refusal:
        return [said(refusal)]
    checks = (lambda: check_no_overlap(request), lambda: check_affordable(book, request))
    return [sentence for check in checks if (sentence := _refused(check))]


def _refused(check: Callable[[], None]) -> str:
    try:
        check()
    except Overlapping as refusal:
        other: dict[str, Any] = refusal.details
        return f"{said(refusal)} {span_said(other['start'], other['end'])}"
    except NotEnoughDays as refusal:
        found: dict[str, Any] = refusal.details
        numbers = {name: days_said(found[name]) for name in ("days", "available")}
        return f"{said(refusal)} " + _("Asked for: %(days)s, free: %(available)s.") % numbers
    return ""


def _balance(told: Told, book: Book, request: Request) -> None:
    if request.kind != Kind.VACATION:
        return
    before = free_at(book, request)
    after = before - request.days
    told.day, told.before, told.after = day_said(request.start), days_said(before), days_said(after)
    told.short = after < -settings.TIMEOFF_ADVANCE_DAYS


def takes_said(request: Request, calendar: Calendar) -> str:
    """`14 days of vacation`, `3 working days; the balance stays as it is`."""
    return " ".join(takes(request, calendar))


def takes(request: Request, calendar: Calendar) -> tuple[str, str]:
    """How many days it is about, and what they are."""
    if request.kind == Kind.VACATION:
        words = ngettext("day of vacation", "days of vacation", int(request.days))
        return days_said(request.days), words
    if request.kind == Kind.HOLIDAY_WORK:
        free = sum(not calendar.is_working(day) for day in Period(request.start, request.end))
        words = ngettext("day off that is worked", "days off that are worked", free)
    else:
        free = calendar.working_days(request.start, request.end)
        words = ngettext("working day", "working days", free)
    return str(free), words + "; " + _("the balance stays as it is")
