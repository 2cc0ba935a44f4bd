"""Who may see what of whom, and who decides: the one policy that the API, pages, exports, live frames and letters ask.

Human resources (staff and services within their scopes, the open form, employees of that role) see and change all. A
manager sees and decides for their own staff: whoever names them as manager, and whoever is in a department that they
head, itself or as a part of it, and names nobody; and so does, for as long as it lasts, whom they made their deputy.
Everybody sees themselves, and of the others in the same department the name and when they are away, not why.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now

from .lifecycle import Role, Verdict
from .models import Approval, Delegation, Department, Employee, Request

#: What anybody in the same department sees of an employee.
OF_COLLEAGUES = frozenset({"id", "name", "department_id", "absences"})
#: What a manager sees of their own staff besides.
OF_STAFF = OF_COLLEAGUES | {
    *("email", "manager_id", "role", "hired_on", "dismissed_on", "timezone", "language", "vacation_days"),
    *("requests", "balance", "version"),
}
#: What is only for the person and for human resources.
OF_ONESELF = OF_STAFF | {"person", "rates"}


def employee_of(by: Principal) -> Employee | None:
    """Whoever this principal is as an employee; None for services, and for people who do not work here."""
    if by.id is None or by.kind != "person":
        return None
    return Employee.objects.filter(person=by.id).first()


def reads_at_all(by: Principal) -> bool:
    """Is this module within what the principal was given at all?"""
    return by.may("timeoff:read") or by.may("timeoff:write")


def is_hr(by: Principal) -> bool:
    """May this principal change everything here?"""
    if by.is_open or (by.is_staff and by.may("timeoff:write")):
        return True
    return by.may("timeoff:write") and _has_role(by)


def reads_all(by: Principal) -> bool:
    """May this principal read everything here?"""
    return is_hr(by) or (reads_at_all(by) and (by.is_staff or _has_role(by)))


def _has_role(by: Principal) -> bool:
    me = employee_of(by)
    return me is not None and me.role == Role.HR and me.dismissed_on is None


def decided_by_them(me: Employee, on: date | None = None) -> Q:
    """The employees for whom this one decides: their staff, and that of whom they stand in for on this day (UTC)."""
    day = on or now().date()
    principals = Delegation.objects.filter(deputy=me, start__lte=day, end__gte=day).values_list("manager", flat=True)
    managers = {me.pk, *principals}
    return (Q(manager__in=managers) | Q(manager=None, department__in=parts(_headed(managers)))) & ~Q(pk__in=managers)


def _headed(managers: Iterable[int]) -> set[int]:
    return set(Department.objects.filter(head__in=managers).values_list("pk", flat=True))


def parts(departments: Iterable[int]) -> set[int]:
    """These departments with all that are parts of them."""
    parents = dict(Department.objects.values_list("pk", "parent"))
    found = set(departments)
    while more := {pk for pk, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def employees_seen(by: Principal) -> Q:
    """The employees of whom this principal sees anything."""
    if reads_all(by):
        return Q()
    me = employee_of(by) if reads_at_all(by) else None
    if me is None:
        return Q(pk__in=[])
    return staff_seen(me) | (Q(department=me.department_id) if me.department_id else Q(pk__in=[]))


def staff_seen(me: Employee) -> Q:
    """Themselves, and those for whom they decide: whose requests and balances they see."""
    return Q(pk=me.pk) | decided_by_them(me)


def fields_of(by: Principal, employee: Employee) -> frozenset[str]:
    """What of this employee the principal sees; empty when nothing."""
    if reads_all(by):
        return OF_ONESELF
    me = employee_of(by) if reads_at_all(by) else None
    if me is None:
        return frozenset()
    if me.pk == employee.pk:
        return OF_ONESELF
    if Employee.objects.filter(decided_by_them(me), pk=employee.pk).exists():
        return OF_STAFF
    return OF_COLLEAGUES if me.department_id and me.department_id == employee.department_id else frozenset()


def escalated_to(me: Employee) -> Q:
    """The requests that this one is asked to decide, because nobody below did so in time."""
    steps = Approval.objects.filter(verdict=Verdict.ESCALATED, on_behalf_of=me)
    return Q(pk__in=steps.values("request"))


def may_decide(by: Principal, request: Request) -> bool:
    """May this principal approve or reject the request? Nobody does so for themselves, whatever else they are."""
    if not by.may("timeoff:write") or is_own(by, request):
        return False
    me = employee_of(by)
    if is_hr(by):
        return True
    if me is None:
        return False
    staff = Employee.objects.filter(decided_by_them(me), pk=request.employee_id)
    return staff.exists() or Request.objects.filter(escalated_to(me), pk=request.pk).exists()


def is_own(by: Principal, request: Request) -> bool:
    """Is the request about whoever asks?"""
    me = employee_of(by)
    return me is not None and me.pk == request.employee_id
