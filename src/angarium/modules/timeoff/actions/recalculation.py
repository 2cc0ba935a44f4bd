"""Requests follow the calendar: what a changed day means for those that lie over it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from angarium.engine.identity.public import SYSTEM
from angarium.modules.timeoff.balances import calendar_of, days_of, enter
from angarium.modules.timeoff.calendar import FIXED, Calendar, Period
from angarium.modules.timeoff.derivation import ZERO
from angarium.modules.timeoff.lifecycle import Kind, Status
from angarium.modules.timeoff.models import Employee, Entry, Request

from .keeping import note_changed
from .ledger import set_right, settle_payout

#: Requests whose days follow the calendar.
FOLLOWING = (Status.DRAFT, Status.SUBMITTED, Status.APPROVED)
#: Requests that are locked at once.
BATCH = 100


def recalculate_requests(days: Iterable[date]) -> int:
    """Let the vacations over these days take what the calendar now says; how many take another number. Of approved ones
    a correction is entered, whatever the balance is then. A hundred are one transaction, so that a worker may be
    stopped between any two and begin again; again, it changes nothing."""
    found = _over(set(days))
    return sum(_recalculated(found[at : at + BATCH]) for at in range(0, len(found), BATCH))


def _over(days: set[date]) -> list[int]:
    """The requests over these days, by employees. A day of art. 112 stands for its year, of which the table may be
    known with it, and not without."""
    found: dict[int, None] = {}
    for day in sorted(days):
        period = (
            Period(date(day.year, 1, 1), date(day.year, 12, 31)) if (day.month, day.day) in FIXED else Period(day, day)
        )
        rows = Request.objects.filter(
            kind=Kind.VACATION, status__in=FOLLOWING, start__lte=period.end, end__gte=period.start
        )
        found |= dict.fromkeys(rows.order_by("employee", "pk").values_list("pk", flat=True))
    return list(found)


def _recalculated(ids: Sequence[int]) -> int:
    with transaction.atomic():
        whose = Request.objects.filter(pk__in=ids).values("employee")
        people = {one.pk: one for one in Employee.objects.select_for_update().filter(pk__in=whose).order_by("pk")}
        rows = Request.objects.select_for_update().filter(pk__in=ids, status__in=FOLLOWING, employee__in=people)
        calendar = calendar_of()  # read under the locks: of two changes, the later one is seen by whoever is last
        found = [(row, days) for row in rows.order_by("pk") if (days := days_of(row, calendar)) != row.days]
        _write(found)
        _correct([row for row, _days in found if row.status == Status.APPROVED], calendar)
        for id in sorted({row.employee_id for row, _days in found}):
            if people[id].dismissed_on is not None:
                settle_payout(people[id])
    return len(found)


def _write(found: Sequence[tuple[Request, Decimal]]) -> None:
    before = {row.pk: row.days for row, _days in found}
    for row, days in found:
        row.days = days
    rows = [row for row, _days in found]
    Request.objects.bulk_update(rows, ["days"])
    note_changed(rows, "days", before, SYSTEM)


def _correct(rows: Sequence[Request], calendar: Calendar) -> None:
    """Enter what approved requests take more, or less, than the ledger has of them."""
    taken: dict[int, Decimal] = defaultdict(lambda: ZERO)
    numbers = Counter[int]()
    for request, days in Entry.objects.filter(request__in=rows).values_list("request", "days"):
        taken[request] += days
        numbers[request] += 1
    enter([set_right(row, taken[row.pk], numbers[row.pk], calendar) for row in rows if taken[row.pk] != -row.days])
