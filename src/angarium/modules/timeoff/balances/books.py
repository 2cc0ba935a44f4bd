"""A book: all that one employee's balance is made of, read once. Many are read together, a query a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from angarium.modules.timeoff.accrual import Absence, Facts, accruals
from angarium.modules.timeoff.calendar import Calendar, Period
from angarium.modules.timeoff.derivation import Line, LineKind, in_order, taking
from angarium.modules.timeoff.lifecycle import EntryKind, Kind, Status
from angarium.modules.timeoff.models import Employee, Entry, Request

from .entries import line_of
from .tables import calendar_of

#: Keys of entries that set right what was accrued: they belong to the accruals that are entered.
CORRECTED = "correction:accrual:"


@dataclass(frozen=True, slots=True)
class Entered:
    """How far the accruals are entered: those up to the end of `until` are, `days` in all; `since` is the day as of
    which a balance was brought in, the accruals up to it are in that."""

    until: date
    days: Decimal
    since: date


@dataclass(frozen=True, slots=True)
class Book:
    employee: Employee
    entries: tuple[Entry, ...]
    unpaid: tuple[Request, ...]
    open: tuple[Request, ...]
    calendar: Calendar

    @property
    def facts(self) -> Facts:
        """What the accruals are made of now."""
        return facts_of(self.employee, self.unpaid)

    @property
    def entered(self) -> Entered:
        return entered_by(self.entries)

    def lines(self, until: date) -> list[Line]:
        """The lines up to the end of that day, in order: what is entered, and the accruals that are not yet."""
        stored = [line_of(entry) for entry in self.entries if entry.on <= until]
        return in_order([*stored, *accruals_after(self.entered.until, self.facts, until)])

    def reserves(self, but: int | None = None) -> list[Line]:
        """The lines of the vacations that nobody has decided, `but` one of them, whenever they begin."""
        waiting = [request for request in self.open if request.pk != but]
        periods = [(Period(request.start, request.end), request.pk) for request in waiting]
        return [taking(self.calendar, period, pk, LineKind.RESERVE) for period, pk in periods]

    def last_turn(self, since: date) -> date:
        """The last day, from `since` on, on which something is taken or was entered."""
        return max([since, *(entry.on for entry in self.entries), *(request.start for request in self.open)])


def spendable(lines: Iterable[Line]) -> list[Line]:
    """These lines without what is paid out: whoever is about to leave may still take what is left."""
    return [line for line in lines if line.kind != LineKind.PAYOUT]


def book_of(employee: Employee, calendar: Calendar | None = None) -> Book:
    """The employee's book as it stands."""
    return books_of([employee], calendar)[0]


def books_of(employees: Sequence[Employee], calendar: Calendar | None = None) -> list[Book]:
    """The books of these employees, in their order."""
    calendar = calendar or calendar_of()
    entries: dict[int, list[Entry]] = defaultdict(list)
    unpaid: dict[int, list[Request]] = defaultdict(list)
    open_: dict[int, list[Request]] = defaultdict(list)
    ids = [employee.pk for employee in employees]
    for entry in Entry.objects.filter(employee__in=ids).order_by("on", "id"):
        entries[entry.employee_id].append(entry)
    for request in Request.objects.filter(_counting(), employee__in=ids).order_by("start", "id"):
        (unpaid if request.kind == Kind.UNPAID else open_)[request.employee_id].append(request)
    return [
        Book(one, tuple(entries[one.pk]), tuple(unpaid[one.pk]), tuple(open_[one.pk]), calendar) for one in employees
    ]


def _counting() -> Q:
    return Q(kind=Kind.UNPAID, status=Status.APPROVED) | Q(kind=Kind.VACATION, status=Status.SUBMITTED)


def facts_of(employee: Employee, unpaid: Iterable[Request]) -> Facts:
    """What the accruals of this employee are made of; `unpaid` are their approved unpaid leaves."""
    absences = tuple(Absence(Period(request.start, request.end)) for request in unpaid)
    return Facts(employee.hired_on, employee.dismissed_on, Decimal(employee.vacation_days), absences)


def accruals_after(day: date, facts: Facts, until: date) -> list[Line]:
    """The accruals after that day, up to the end of `until`."""
    return [line for line in accruals(facts, until) if line.on > day]


def entered_by(entries: Iterable[Entry]) -> Entered:
    """How far these entries go."""
    until = since = date.min
    days = Decimal(0)
    for entry in entries:
        if entry.kind == EntryKind.OPENING:
            since = max(since, entry.on)
        if entry.kind == EntryKind.ACCRUAL:
            until = max(until, entry.on)
        if entry.kind == EntryKind.ACCRUAL or entry.key.startswith(CORRECTED):
            days += entry.days
    return Entered(max(until, since), days, since)
