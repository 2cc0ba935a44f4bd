"""What human resources enters in the ledger by hand: what somebody brings along, and corrections, with a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Conflict, Invalid
from angarium.modules.timeoff.balances import enter, entry_of, settle_accruals
from angarium.modules.timeoff.calendar import FIRST, LAST
from angarium.modules.timeoff.derivation import Because, Line, LineKind, rounded
from angarium.modules.timeoff.errors import OutOfRange
from angarium.modules.timeoff.lifecycle import EntryKind
from angarium.modules.timeoff.models import Employee, Entry
from angarium.modules.timeoff.queries import access_terms_for_update
from angarium.modules.timeoff.rights import today_of

from .checks import check_amount
from .ledger import number_of, settle_payout


def open_balance(employee_id: int, *, by: Principal, days: Decimal, on: date, because: str = "") -> Entry:
    """Enter the balance that somebody brings along: what it is at the end of `on`, whatever accrued up to then.

    NoEmployee, NotYours, OwnTerms, OutOfRange, Conflict when there is one already, which a correction sets right."""
    with transaction.atomic():
        employee = access_terms_for_update(employee_id, by)
        if employee.entries.filter(kind=EntryKind.OPENING).exists():
            raise Conflict(_("A balance was brought in already; enter a correction."), field="days")
        line = _line(LineKind.OPENING, on, days, Because("brought_in"))
        entry = _entered(employee, line, f"opening:{employee.pk}", by, because)
        settle_accruals(employee, on)
        settle_payout(employee, by)
    return entry


def correct_balance(employee_id: int, *, by: Principal, days: Decimal, because: str, on: date | None = None) -> Entry:
    """Add days to somebody's balance, or take them (below 0), as of `on` (today), and say why.

    NoEmployee, NotYours, OwnTerms, OutOfRange, Invalid without a reason."""
    if not because.strip():
        raise Invalid(_("Say why."), field="because")
    with transaction.atomic():
        employee = access_terms_for_update(employee_id, by)
        line = _line(LineKind.CORRECTION, on or today_of(employee), days, Because("by_hand"))
        prefix = f"correction:hand:{employee.pk}:"
        entry = _entered(employee, line, f"{prefix}{number_of(employee, prefix)}", by, because)
        settle_payout(employee, by)
    return entry


def _line(kind: LineKind, on: date, days: Decimal, because: Because) -> Line:
    check_amount(days)
    if not FIRST <= on <= LAST:
        raise OutOfRange(field="on", least=FIRST, most=LAST)
    return Line(on=on, kind=kind, days=rounded(days), rule="", article="", because=because)


def _entered(employee: Employee, line: Line, key: str, by: Principal, because: str) -> Entry:
    return enter([entry_of(line, employee.pk, key, person=by.id, reason=because.strip()[:500])])[0]
