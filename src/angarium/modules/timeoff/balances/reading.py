"""The balance of a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff.derivation import ZERO, Line, balance_of, lowest
from angarium.modules.timeoff.errors import NotYours
from angarium.modules.timeoff.models import Employee
from angarium.modules.timeoff.queries import employee_seen_by, staff_of

from .books import Book, book_of, books_of, spendable


@dataclass(frozen=True, slots=True)
class Balance:
    """Days at the end of `on`, with two places, and the `derivation` whose sum they are. `reserved` are the days of the
    vacations that nobody has decided (`reserves`); `available` is how many a vacation that begins then may take, so
    that neither then nor on any later day more is taken or reserved than there is."""

    employee: Employee
    on: date
    days: Decimal
    reserved: Decimal
    available: Decimal
    derivation: Sequence[Line]
    reserves: Sequence[Line]

    @property
    def employee_id(self) -> int:
        return self.employee.pk


def balance(employee: Employee, on: date) -> Balance:
    """The employee's balance at the end of that day, past or future."""
    return read(book_of(employee), on)


def balances_of(employees: Sequence[Employee], on: date) -> list[Balance]:
    """The balances of these employees, in their order."""
    return [read(book, on) for book in books_of(employees)]


def balance_seen_by(by: Principal, employee_id: int, on: date) -> Balance:
    """NoEmployee for whom this principal does not see, NotYours for a colleague."""
    employee = employee_seen_by(by, employee_id)
    if not staff_of(by).filter(pk=employee_id).exists():
        raise NotYours
    return balance(employee, on)


def read(book: Book, on: date) -> Balance:
    """The balance by this book."""
    reserves = book.reserves()
    lines = book.lines(book.last_turn(on))
    low = lowest([*spendable(lines), *reserves], on).days + settings.TIMEOFF_ADVANCE_DAYS
    left = book.employee.dismissed_on is not None and on > book.employee.dismissed_on
    return Balance(
        employee=book.employee,
        on=on,
        days=balance_of(lines, on),
        reserved=-sum((line.days for line in reserves), ZERO),
        available=ZERO if left else max(low, ZERO),
        derivation=[line for line in lines if line.on <= on],
        reserves=reserves,
    )
