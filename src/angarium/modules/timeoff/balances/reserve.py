"""What a request takes of the balance, and whether the balance has it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from angarium.modules.timeoff.calendar import Calendar
from angarium.modules.timeoff.derivation import ZERO, lowest, rounded
from angarium.modules.timeoff.errors import NotEnoughDays
from angarium.modules.timeoff.lifecycle import EntryKind, Kind
from angarium.modules.timeoff.models import Request
from angarium.modules.timeoff.parts import Notice, first_vacation, long_part, parts_by_year

from .books import Book, spendable


def days_of(request: Request, calendar: Calendar) -> Decimal:
    """What the request takes of the balance, two places; only vacations take anything."""
    if request.kind != Kind.VACATION:
        return ZERO
    return rounded(calendar.vacation_days(request.start, request.end))


def check_affordable(book: Book, request: Request, *, granting: bool = False) -> None:
    """NotEnoughDays when with this vacation the balance would on its first day or on any later one be lower than the
    days that may be taken in advance allow. Whoever asks leaves to the others what they have reserved; whoever is
    `granting` the request chooses among those that wait."""
    if request.kind != Kind.VACATION or not request.days:
        return
    lines = spendable(book.lines(book.last_turn(request.start)))
    lines += [] if granting else book.reserves(but=request.pk)
    low = lowest(lines, request.start)
    left = low.days + settings.TIMEOFF_ADVANCE_DAYS
    if request.days > left:
        raise NotEnoughDays(field="end", days=request.days, available=max(left, ZERO), on=low.on)


def notices_of(book: Book, request: Request) -> list[Notice]:
    """What whoever asks or decides should know of this vacation; none of it refuses the request."""
    if request.kind != Kind.VACATION:
        return []
    facts = book.facts
    parts = parts_by_year(_taken(book, request), facts.entitlement)
    found = [first_vacation(facts, request.start), *(long_part(year, facts.entitlement) for year in parts[-1:])]
    return [notice for notice in found if notice]


def _taken(book: Book, request: Request) -> list[Decimal]:
    """The vacations entered, those reserved and this one, in the order of their dates."""
    takings = [(entry.on, -entry.days) for entry in book.entries if entry.kind == EntryKind.USE]
    takings += [(line.on, -line.days) for line in book.reserves(but=request.pk)]
    if not any(entry.request_id == request.pk for entry in book.entries):
        takings.append((request.start, request.days))
    return [days for _on, days in sorted(takings)]
