"""Entries that go with other verbs: days taken, given back, set right, paid out. The employee's row is locked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff.balances import book_of, enter, entry_of, settle_accruals
from angarium.modules.timeoff.calendar import Calendar, Period
from angarium.modules.timeoff.derivation import ZERO, Because, Line, LineKind, balance_of, line_by, taking
from angarium.modules.timeoff.lifecycle import EntryKind, Kind
from angarium.modules.timeoff.models import Employee, Entry, Request
from angarium.modules.timeoff.rights import today_of
from angarium.modules.timeoff.rules import rule_on


def take(request: Request, calendar: Calendar, by: Principal) -> None:
    """Enter what an approved request takes, and what follows from it."""
    if request.kind == Kind.VACATION and request.days:
        line = taking(calendar, Period(request.start, request.end), request.pk)
        enter([entry_of(line, request.employee_id, f"use:{request.pk}", person=by.id, calendar=calendar.version)])
    settle(request, by)


def give_back(request: Request, by: Principal) -> None:
    """Enter that a request was called off: exactly what it had taken, as of the same day, so that every balance is as
    if it had never been."""
    taken = taken_by(request)
    if taken:
        because = Because("called_off", {"start": request.start, "end": request.end})
        line = _by("holidays_left_out", LineKind.RESTORATION, request.start, -taken, because, request.pk)
        enter([entry_of(line, request.employee_id, f"restoration:{request.pk}", person=by.id)])
    settle(request, by)


def set_right(request: Request, taken: Decimal, number: int, calendar: Calendar) -> Entry:
    """The entry, not saved, of what an approved vacation takes more, or less, since the calendar has changed; `number`
    entries of it are there, and have `taken` in all."""
    because = Because("calendar_changed", {"before": -taken, "after": request.days})
    line = _by("correction", LineKind.CORRECTION, request.start, -request.days - taken, because, request.pk)
    key = f"correction:request:{request.pk}:{number}"
    return entry_of(line, request.employee_id, key, calendar=calendar.version)


def taken_by(request: Request) -> Decimal:
    """What the ledger has of this request in all; below 0 when it takes days."""
    return sum((entry.days for entry in request.entries.all()), ZERO)


def settle(request: Request, by: Principal) -> None:
    """What follows from a request that came to stand or stands no more: accruals, where it was unpaid, and what is paid
    out on dismissal."""
    if request.kind == Kind.UNPAID:
        settle_accruals(request.employee, today_of(request.employee))
    settle_payout(request.employee, by)


def settle_payout(employee: Employee, by: Principal | None = None) -> None:
    """Enter what is to be paid out, or taken back of it, so that the balance of who leaves ends at 0, and of who stays
    nothing is paid out (ТК РФ, ст. 127)."""
    paid = list(employee.entries.filter(kind=EntryKind.PAYOUT))
    if employee.dismissed_on is None:
        days, on = -sum((entry.days for entry in paid), ZERO), max((entry.on for entry in paid), default=date.min)
        code = "reinstated"
    else:
        book = book_of(employee)
        on = max([employee.dismissed_on, *(entry.on for entry in book.entries)])
        days = -balance_of(book.lines(on), on)
        code = "paid_out" if days < 0 else "held_back"
    if days:
        line = _by("dismissal_month", LineKind.PAYOUT, on, days, Because(code))
        person = by.id if by else None
        enter([entry_of(line, employee.pk, f"payout:{employee.pk}:{len(paid) + 1}", person=person)])


def _by(rule: str, kind: LineKind, on: date, days: Decimal, because: Because, request: int | None = None) -> Line:
    return replace(line_by(rule_on(rule, on), kind, on, days, because), request=request)


def number_of(employee: Employee, prefix: str) -> int:
    """The number of the next entry of the employee whose key begins so."""
    return Entry.objects.filter(employee=employee, key__startswith=prefix).count() + 1
