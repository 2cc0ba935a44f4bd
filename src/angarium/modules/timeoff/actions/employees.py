"""Employees, by human resources: hired, edited, dismissed, and what is set right in the ledger with it."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Conflict, Invalid
from angarium.modules.timeoff.balances import settle_accruals
from angarium.modules.timeoff.calendar import FIRST, LAST
from angarium.modules.timeoff.errors import InUse, OutOfRange, OwnTerms, Roundabout, UnknownDepartment
from angarium.modules.timeoff.lifecycle import Role
from angarium.modules.timeoff.models import Department, Employee
from angarium.modules.timeoff.queries import (
    access_employee_for_update,
    access_terms_for_update,
    employee_named,
    standing_requests,
)
from angarium.modules.timeoff.rights import may_enter_terms, today_of

from .checks import changes_of, check_order, clean, only_hr
from .keeping import keep, remove
from .ledger import settle_payout

#: The least by law, and more than anybody has (ТК РФ, ст. 115, 116).
DAYS_A_YEAR = (28, 366)


class EmployeeDetails(TypedDict, total=False):
    """What an employee may have besides a name and a first day."""

    person: UUID | None
    email: str
    department: int | None
    manager: int | None
    role: str
    timezone: str
    language: str
    vacation_days: int


class EmployeeChanges(EmployeeDetails, total=False):
    """What of an employee can be edited; what is left out stays. Dismissal is a verb of its own."""

    name: str
    hired_on: date


def hire(*, by: Principal, name: str, hired_on: date, **more: Unpack[EmployeeDetails]) -> Employee:
    """Enter an employee. NotYours, UnknownDepartment, UnknownEmployee for a manager, OutOfRange, Invalid, Conflict
    for a person who is an employee already."""
    only_hr(by)
    with transaction.atomic():
        employee = Employee(name=name.strip(), hired_on=hired_on)
        _set(employee, by, dict(more))
        return _saved(employee, by)


def edit_employee(
    id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[EmployeeChanges]
) -> Employee:
    """Change an employee; what changes nothing writes nothing. Another first day, or other days a year, correct what
    has accrued. NoEmployee, NotYours, OwnTerms, Stale, Roundabout, InUse, and as on hiring."""
    with transaction.atomic():
        employee = access_employee_for_update(id, by, expected_version)
        before, terms = (employee.hired_on, employee.vacation_days), _terms(employee)
        if not _set(employee, by, dict(changes)):
            return employee
        if _terms(employee) != terms and not may_enter_terms(by, employee):
            raise OwnTerms
        if employee.hired_on != before[0]:
            _check_within(employee, start=employee.hired_on)
        _saved(employee, by)
        if (employee.hired_on, employee.vacation_days) != before:
            settle_accruals(employee, today_of(employee))
    return employee


def dismiss(id: int, *, by: Principal, on: date, expected_version: int | None = None) -> Employee:
    """Set the employee's last day, or another one. What is left of the balance on it is paid out, or held back.

    NoEmployee, NotYours, OwnTerms, Stale, EndsBeforeItStarts, OutOfRange, InUse while a request reaches beyond that
    day."""
    with transaction.atomic():
        employee = access_terms_for_update(id, by, expected_version)
        if employee.dismissed_on == on:
            return employee
        if not FIRST <= on <= LAST:
            raise OutOfRange(field="on", least=FIRST, most=LAST)
        check_order(employee.hired_on, on, field="on")
        _check_within(employee, end=on)
        _leave(employee, on, by)
    return employee


def reinstate(id: int, *, by: Principal, expected_version: int | None = None) -> Employee:
    """Take the dismissal back, and what was paid out with it. NoEmployee, NotYours, OwnTerms, Stale."""
    with transaction.atomic():
        employee = access_terms_for_update(id, by, expected_version)
        if employee.dismissed_on is not None:
            _leave(employee, None, by)
    return employee


def delete_employee(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Remove an employee entered by mistake. NoEmployee, NotYours, Stale, InUse while anything hangs on them."""
    with transaction.atomic():
        employee = access_employee_for_update(id, by, expected_version)
        if employee.heads.exists() or employee.staff.exists():
            raise InUse(_("They are somebody's manager, or a department's head."))
        try:
            remove(employee, by)
        except ProtectedError:
            raise InUse(_("There are requests, rates or entries of theirs; dismiss them instead.")) from None


def _terms(employee: Employee) -> tuple[Any, ...]:
    """What nobody changes of themselves; nor whose employee this is, or they would not be themselves any more."""
    return tuple(
        getattr(employee, name) for name in ("hired_on", "vacation_days", "manager_id", "department_id", "person")
    )


def _leave(employee: Employee, on: date | None, by: Principal) -> None:
    employee.dismissed_on = on
    keep(employee, by)
    settle_accruals(employee, today_of(employee))
    settle_payout(employee, by)


def _set(employee: Employee, by: Principal, changes: dict[str, Any]) -> bool:
    """Set these columns; is any of them another now?"""
    if "department" in changes:
        changes["department_id"] = _department(changes.pop("department"))
    if "manager" in changes:
        manager = changes.pop("manager")
        changes["manager_id"] = None if manager is None else employee_named(by, manager, "manager_id").pk
    if "name" in changes:
        changes["name"] = changes["name"].strip()
    return changes_of(employee, changes)


def _department(id: int | None) -> int | None:
    if id is not None and not Department.objects.filter(pk=id).exists():
        raise UnknownDepartment(field="department_id")
    return id


def _saved(employee: Employee, by: Principal) -> Employee:
    clean(employee)
    if employee.role not in Role.values:
        raise Invalid(_("There is no such role."), field="role")
    for name, value, (least, most) in (
        ("hired_on", employee.hired_on, (FIRST, LAST)),
        ("vacation_days", employee.vacation_days, DAYS_A_YEAR),
    ):
        if not least <= value <= most:  # type: ignore[operator]
            raise OutOfRange(field=name, least=least, most=most)
    _check_no_roundabout(employee)
    try:
        with transaction.atomic():
            keep(employee, by)
    except IntegrityError:
        raise Conflict(_("This person is an employee already."), field="person") from None
    return employee


def _check_no_roundabout(employee: Employee) -> None:
    managers = dict(Employee.objects.filter(manager__isnull=False).values_list("pk", "manager"))
    above, seen = employee.manager_id, set[int]()
    while above is not None and above not in seen:
        if above == employee.pk:
            raise Roundabout(field="manager_id")
        seen.add(above)
        above = managers.get(above)


def _check_within(employee: Employee, *, start: date | None = None, end: date | None = None) -> None:
    """Nothing that was asked for or granted may lie outside of the employment."""
    if employee.dismissed_on is not None and start is not None:
        check_order(start, employee.dismissed_on, field="hired_on")
    requests = standing_requests(employee.pk)
    beyond = requests.filter(start__lt=start) if start else requests.filter(end__gt=end)
    if ids := list(beyond.values_list("pk", flat=True)):
        field = "hired_on" if start else "on"
        raise InUse(_("There are requests beyond that day; take them back first."), field=field, requests=ids)
