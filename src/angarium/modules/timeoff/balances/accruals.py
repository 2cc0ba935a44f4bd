"""Entering accruals, and setting right what was entered when what they are made of turns out otherwise.

A correction is what the rules now give for the days that are entered, less what was entered. It is dated today: what
a balance was on a day in the past stays what it was said to be, and from today on it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from angarium.contracts.timeoff import EntryPosted
from angarium.engine.events.public import publish
from angarium.modules.timeoff.accrual import accruals
from angarium.modules.timeoff.calendar import Calendar
from angarium.modules.timeoff.derivation import correction
from angarium.modules.timeoff.models import Employee, Entry

from .books import CORRECTED, Book, accruals_after, book_of, books_of
from .entries import entry_of, line_of
from .tables import calendar_of

#: Employees whose books are in memory at once.
BATCH = 100


def store_accruals(employee_ids: Sequence[int], on: date) -> int:
    """Enter the accruals of these employees that are complete by the end of that day, and the corrections that are due;
    how many entries there are more. Again, or by two at once, it enters nothing. One transaction a hundred employees.
    """
    calendar, made = calendar_of(), 0
    for at in range(0, len(employee_ids), BATCH):
        with transaction.atomic():
            some = employee_ids[at : at + BATCH]
            locked = list(Employee.objects.select_for_update().filter(pk__in=some).order_by("pk"))
            rows = [entry for book in books_of(locked, calendar) for entry in due_entries(book, on)]
            made += len(enter(rows))
    return made


def settle_accruals(employee: Employee, on: date, calendar: Calendar | None = None) -> None:
    """Correct, as of `on`, what was entered of this employee, whose row is locked and whose facts have changed."""
    found = corrected(book_of(employee, calendar), on)
    enter([found] if found else [])


def due_entries(book: Book, on: date) -> list[Entry]:
    """What is to be entered of this book: a correction first, then the accruals that are complete by `on`."""
    who, entered = book.employee.pk, book.entered
    new = [entry_of(line, who, f"accrual:{who}:{line.on}") for line in accruals_after(entered.until, book.facts, on)]
    wrong = corrected(book, on)
    return [wrong, *new] if wrong else new


def corrected(book: Book, on: date) -> Entry | None:
    """The entry that makes the accruals entered so far what the rules give now; None where they are."""
    entered, who = book.entered, book.employee.pk
    known = [entry for entry in book.entries if entry.kind == "accrual" or entry.key.startswith(CORRECTED)]
    right = [line for line in accruals(book.facts, entered.until) if line.on > entered.since] if known else []
    line = correction(map(line_of, known), right, on)
    if line is None:
        return None
    number = sum(entry.key.startswith(CORRECTED) for entry in known) + 1
    return entry_of(line, who, f"{CORRECTED}{who}:{number}")


def enter(entries: Sequence[Entry]) -> list[Entry]:
    """Append these entries, and tell of those that are no accruals."""
    made = Entry.objects.bulk_create(entries)
    publish(
        *(
            EntryPosted(entry_id=one.pk, employee_id=one.employee_id, kind=one.kind, on=one.on, days=one.days)
            for one in made
            if one.kind != "accrual"
        )
    )
    return made
