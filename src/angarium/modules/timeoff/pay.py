"""What somebody's rates come to in a period, as they were known at an instant: a later change leaves that as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from angarium.engine.identity.public import Principal

from . import earnings, rights
from .balances import calendar_of
from .calendar import Period
from .errors import NotYours, OutOfRange
from .queries import employee_seen_by, rates_of

#: Days that one answer is about at most.
LONGEST = 3660


@dataclass(frozen=True, slots=True)
class Pay:
    """The amount of a period, and the lines it is the sum of."""

    employee_id: int
    start: date
    end: date
    amount: Decimal
    lines: list[earnings.PayLine]


def pay_seen_by(by: Principal, employee_id: int, start: date, end: date, as_known_at: datetime | None = None) -> Pay:
    """The pay of these days, for human resources and the person. NoEmployee, NotYours, EndsBeforeItStarts, OutOfRange
    for more than ten years."""
    employee = employee_seen_by(by, employee_id)
    if "rates" not in rights.fields_of(by, employee):
        raise NotYours
    if len(Period(start, end)) > LONGEST:
        raise OutOfRange(field="to", most=LONGEST)
    rates = [
        earnings.Rate(share=row.share, salary=row.salary, valid_from=row.valid_from, valid_to=row.valid_to)
        for row in rates_of(employee.pk, as_known_at)
    ]
    lines = earnings.pay_lines(rates, start, end, calendar_of())
    return Pay(employee.pk, start, end, sum((line.amount for line in lines), Decimal("0.00")), lines)
