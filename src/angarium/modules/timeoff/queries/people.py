"""Departments and employees: who is seen by whom, who decides for whom, and their locks."""

from __future__ import annotations

import re
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.errors import NoDepartment, NoEmployee, NotYours, OwnTerms, UnknownEmployee
from angarium.modules.timeoff.models import Delegation, Department, Employee

from .one import only, refuse_stale


def departments_seen_by(by: Principal) -> QuerySet[Department]:
    """All of them, for whoever works here or reads everything: their names are no secret."""
    may = rights.reads_all(by) or (rights.reads_at_all(by) and rights.employee_of(by) is not None)
    return Department.objects.all() if may else Department.objects.none()


def department_seen_by(by: Principal, id: int) -> Department:
    """NoDepartment when there is none or it is not for this principal."""
    return only(departments_seen_by(by), id, NoDepartment)


def access_department_for_update(id: int, by: Principal) -> Department:
    """The department, locked, for human resources. NoDepartment, NotYours."""
    found = only(departments_seen_by(by).select_for_update(no_key=True), id, NoDepartment)
    if not rights.is_hr(by):
        raise NotYours
    return found


def employees_seen_by(by: Principal) -> QuerySet[Employee]:
    """Of whom this principal sees anything; what of each one is `rights.fields_of`."""
    return Employee.objects.filter(rights.employees_seen(by))


def employee_seen_by(by: Principal, id: int) -> Employee:
    """NoEmployee when there is none or they are not for this principal."""
    return only(employees_seen_by(by).select_related("department", "manager"), id, NoEmployee)


def staff_of(by: Principal) -> QuerySet[Employee]:
    """Whose requests and balances this principal sees: their own, their staff's, or everybody's."""
    return Employee.objects.filter(rights.sight_of(by).those_known)


def employee_named(by: Principal, id: int, field: str = "employee_id") -> Employee:
    """An employee whom a body names, of whose requests this principal sees anything. UnknownEmployee for whom they do
    not see at all, NotYours for a colleague of whom they see only the name."""
    found = staff_of(by).filter(pk=id).first()
    if found is None:
        raise NotYours if employees_seen_by(by).filter(pk=id).exists() else UnknownEmployee(field=field)
    return found


def myself(by: Principal) -> Employee:
    """Whoever this principal is as an employee. NoEmployee for services, and for people who do not work here."""
    me = rights.employee_of(by)
    if me is None:
        raise NoEmployee
    return me


def find_employees(
    by: Principal,
    *,
    q: str = "",
    department: int | None = None,
    manager: int | None = None,
    working_on: date | None = None,
) -> QuerySet[Employee]:
    """Those seen by this principal who fit every filter given; `q` is a part of the name in any case."""
    found = employees_seen_by(by)
    if q:
        # SQLite's own LIKE folds ASCII only, its REGEXP is Python's and folds all.
        sqlite = connection.vendor == "sqlite"
        found = found.filter(Q(name__iregex=re.escape(q)) if sqlite else Q(name__icontains=q))
    if department is not None:
        found = found.filter(department_id=department)
    if manager is not None:
        found = found.filter(manager_id=manager)
    if working_on is not None:
        left = Q(dismissed_on__isnull=True) | Q(dismissed_on__gte=working_on)
        found = found.filter(left, hired_on__lte=working_on)
    return found


def employee_for_update(id: int) -> Employee:
    """The employee, locked until the transaction ends: what concerns one balance is done one after the other.
    NoEmployee when there is none."""
    return only(Employee.objects.select_for_update(no_key=True, of=("self",)), id, NoEmployee)


def access_employee_for_update(id: int, by: Principal, expected_version: int | None = None) -> Employee:
    """The employee, locked, for human resources. NoEmployee, NotYours, Stale."""
    employee = employee_for_update(id)
    if not rights.is_hr(by):
        raise NotYours if employees_seen_by(by).filter(pk=id).exists() else NoEmployee
    refuse_stale(employee, expected_version)
    return employee


def access_terms_for_update(id: int, by: Principal, expected_version: int | None = None) -> Employee:
    """The employee, locked, for whoever may enter what they are paid and owed: human resources, but not for themselves.
    NoEmployee, NotYours, OwnTerms, Stale."""
    employee = access_employee_for_update(id, by, expected_version)
    if not rights.may_enter_terms(by, employee):
        raise OwnTerms
    return employee


def deciders_of(employee: Employee, on: date) -> QuerySet[Employee]:
    """Who is asked to decide for this employee on a day: their manager, else the nearest head above them, and whoever
    stands in for that one then. Those who have left are not asked."""
    manager = superior_of(employee, on)
    deputies = Delegation.objects.filter(manager=manager, start__lte=on, end__gte=on).values("deputy")
    asked = Employee.objects.filter(Q(pk=manager) | Q(pk__in=deputies)).exclude(pk=employee.pk)
    return asked.filter(Q(dismissed_on__isnull=True) | Q(dismissed_on__gte=on))


def superior_of(employee: Employee, on: date | None = None) -> int | None:
    """Their manager, else the nearest head above them, of those who work here on that day (today); None for who is at
    the top."""
    day = on or rights.today_of(employee)
    if employee.manager_id and Employee.objects.filter(rights.working_on(day), pk=employee.manager_id).exists():
        return employee.manager_id
    return _head_above(employee, day)


def _head_above(employee: Employee, day: date) -> int | None:
    heads = Employee.objects.filter(rights.working_on(day), heads__isnull=False).exclude(pk=employee.pk)
    working = set(heads.values_list("pk", flat=True)) if employee.department_id else set()
    rows = {pk: (head, parent) for pk, head, parent in Department.objects.values_list("pk", "head", "parent")}
    place, seen = employee.department_id, set[int]()
    while place is not None and place not in seen:
        seen.add(place)
        head, parent = rows[place]
        if head in working:
            return int(head)
        place = parent
    return None
