"""Rates: nothing is edited. What is known now is superseded, and what is right is recorded, at one instant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now
from angarium.modules.timeoff import earnings
from angarium.modules.timeoff.calendar import FIRST, LAST
from angarium.modules.timeoff.errors import OutOfRange, OutsideEmployment
from angarium.modules.timeoff.models import Employee, Rate
from angarium.modules.timeoff.queries import access_terms_for_update, rates_of

from .checks import clean


def record_rate(
    employee_id: int,
    *,
    by: Principal,
    share: Decimal,
    salary: Decimal,
    valid_from: date,
    valid_to: date | None = None,
    because: str = "",
) -> Rate:
    """Record what somebody's rate is from `valid_from` to `valid_to` inclusive, in the past or in the future.

    Without a last day it holds until the next one that is known begins, or until further notice. Of those known, what
    it covers is superseded, what sticks out on either side stays; the same first day again is a correction of that one.
    NoEmployee, NotYours, OwnTerms, OutOfRange, EndsBeforeItStarts, OutsideEmployment."""
    for field, day in (("valid_from", valid_from), ("valid_to", valid_to or valid_from)):
        if not FIRST <= day <= LAST:
            raise OutOfRange(field=field, least=FIRST, most=LAST)
    with transaction.atomic():
        employee = access_terms_for_update(employee_id, by)
        wanted = earnings.Rate(share=share, salary=salary, valid_from=valid_from, valid_to=valid_to)
        if valid_from < employee.hired_on or (employee.dismissed_on or LAST) < valid_from:
            raise OutsideEmployment(field="valid_from")
        rows = list(rates_of(employee.pk).select_for_update())
        wanted = earnings.until_next(wanted, map(_plain, rows))
        at = _instant(employee)
        covered = [row for row in rows if _plain(row).period.overlaps(wanted.period)]
        for row in covered:
            row.superseded_at = at
            row.save()
        for row in covered:
            for rest in earnings.rests(_plain(row), wanted):
                _record(employee, rest, at, by, row.because)
        return _record(employee, wanted, at, by, because.strip())


def _plain(row: Rate) -> earnings.Rate:
    return earnings.Rate(share=row.share, salary=row.salary, valid_from=row.valid_from, valid_to=row.valid_to)


def _instant(employee: Employee) -> datetime:
    """Now; after everything that is recorded of this employee, should the clock have been put back."""
    last = employee.rates.aggregate(last=Max("recorded_at"))["last"]
    return max(now(), last + timedelta(microseconds=1)) if last else now()


def _record(employee: Employee, rate: earnings.Rate, at: datetime, by: Principal, because: str) -> Rate:
    row = Rate(
        employee=employee,
        share=rate.share,
        salary=rate.salary,
        valid_from=rate.valid_from,
        valid_to=rate.valid_to,
        recorded_at=at,
        recorded_by=by.id,
        because=because,
    )
    clean(row)
    row.save()
    return row
