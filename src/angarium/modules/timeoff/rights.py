"""Who may see what of whom, and who decides: the one policy that the API, pages, exports, live frames and letters ask.

Human resources (staff and services within their scopes, the open form, employees of that role) see and change all. A
manager sees and decides for their own staff: whoever names them as manager, and whoever is in a department that they
head, itself or as a part of it, and names nobody who works here still; and so does, for as long as it lasts, whom they
made their deputy. Everybody sees themselves, and of the others in the same department the name and when they are away,
not why. Nobody decides for themselves, by whatever way; who has left sees themselves, and decides nothing. Of whoever
is at the top, and of heads without a head above them, human resources decide.

    sight_of(by)                  # all of this about one principal: at most four queries, whatever is then asked of it
    is_hr(by), fields_of(by, employee), may_decide(by, request)      # one question; each asks for itself
    employees_seen(by), staff_seen(me), decided_by_them(me)          # as filters of employees, for lists
    who_decide(employee)          # the same from the other end, for frames and letters
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

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

NOBODY = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Sight:
    """What the policy says of one principal: `everything`, or oneself (`me`), the `staff` for whom one decides, and,
    while one works here, what colleagues see of one another. `changes` is human resources."""

    me: Employee | None
    changes: bool
    everything: bool
    staff: Q
    known: frozenset[int] | None = None

    @property
    def employees(self) -> Q:
        """Of whom anything is seen."""
        if self.everything:
            return Q()
        return self.those_known | (Q(department=self._department) if self._department else NOBODY)

    @property
    def those_known(self) -> Q:
        """Whose requests and balances are seen."""
        if self.everything:
            return Q()
        return (Q(pk=self.me.pk) if self.me else NOBODY) | self.staff

    def fields_of(self, employee: Employee) -> frozenset[str]:
        """What of this employee is seen; empty when nothing."""
        if self.everything or (self.me is not None and self.me.pk == employee.pk):
            return OF_ONESELF
        if self._decides_for(employee.pk):
            return OF_STAFF
        return OF_COLLEAGUES if self._department and self._department == employee.department_id else frozenset()

    def _decides_for(self, employee: int) -> bool:
        if self.known is not None:
            return employee in self.known
        return self.staff != NOBODY and Employee.objects.filter(self.staff, pk=employee).exists()

    @property
    def _department(self) -> int | None:
        return self.me.department_id if self.me is not None and works_on(self.me, today_of(self.me)) else None


def sight_of(by: Principal, *, many: bool = False) -> Sight:
    """For `many` employees, one query more tells all the staff apart."""
    me = employee_of(by) if reads_at_all(by) else None
    has_role = me is not None and me.role == Role.HR and works_on(me, today_of(me))
    powerful = by.is_open or by.is_staff or has_role
    everything = reads_at_all(by) and powerful
    staff = decided_by_them(me) if me is not None and not everything else NOBODY
    known = None
    if many:
        known = (
            frozenset(Employee.objects.filter(staff).values_list("pk", flat=True)) if staff != NOBODY else frozenset()
        )
    return Sight(me, by.may("timeoff:write") and powerful, everything, staff, known)


def employee_of(by: Principal) -> Employee | None:
    """Whoever this principal is as an employee; None for services, and for people who do not work here."""
    if by.id is None or by.kind != "person":
        return None
    return Employee.objects.filter(person=by.id).first()


def today_of(employee: Employee) -> date:
    """What day it is where the employee is."""
    return now().astimezone(ZoneInfo(employee.timezone)).date()


def works_on(employee: Employee, day: date) -> bool:
    """Is this within their employment?"""
    return employee.hired_on <= day and (employee.dismissed_on is None or day <= employee.dismissed_on)


def working_on(day: date) -> Q:
    """The employees who work here on that day."""
    return Q(hired_on__lte=day) & (Q(dismissed_on=None) | Q(dismissed_on__gte=day))


def reads_at_all(by: Principal) -> bool:
    """Is this module within what the principal was given at all?"""
    return by.may("timeoff:read") or by.may("timeoff:write")


def is_hr(by: Principal) -> bool:
    """May this principal change everything here?"""
    return by.may("timeoff:write") and (by.is_open or by.is_staff or _has_role(by))


def reads_all(by: Principal) -> bool:
    """May this principal read everything here?"""
    return reads_at_all(by) and (by.is_open or by.is_staff or _has_role(by))


def _has_role(by: Principal) -> bool:
    me = employee_of(by)
    return me is not None and me.role == Role.HR and works_on(me, today_of(me))


def decided_by_them(me: Employee, on: date | None = None) -> Q:
    """The employees for whom this one decides: their staff, and that of whom they stand in for on this day (theirs, of
    today). Never themselves, and in somebody's stead not for that one either."""
    day = on or today_of(me)
    if not works_on(me, day):
        return NOBODY
    departments, found = _departments(), NOBODY
    for manager in (me.pk, *_stands_in_for(me, day)):
        found |= _staff_of(manager, departments, day)
    return found & ~Q(pk=me.pk)


def who_decide(employee: Employee, on: date | None = None) -> set[int]:
    """The employees who decide for this one, on this day: for each of them and no other, `decided_by_them` has it."""
    day = on or today_of(employee)
    working = Employee.objects.filter(working_on(day)).exclude(pk=employee.pk)
    named = set(working.filter(pk=employee.manager_id).values_list("pk", flat=True)) if employee.manager_id else set()
    bosses = named or set(working.filter(pk__in=_heads_above(employee)).values_list("pk", flat=True))
    there = Delegation.objects.filter(manager__in=bosses, start__lte=day, end__gte=day, deputy__in=working)
    return bosses | set(there.values_list("deputy", flat=True))


def _heads_above(employee: Employee) -> set[int]:
    """Who heads their department, or what it is a part of."""
    departments, found, place = _departments(), set[int](), employee.department_id
    seen = set[int]()
    while place is not None and place not in seen:
        seen.add(place)
        head, place = departments[place]
        found |= {head} if head is not None else set()
    return found


def decides_as_deputy(me: Employee, employee: int, on: date) -> Employee | None:
    """In whose stead this one decides for the employee; None when it is theirs to decide, or not at all."""
    if not works_on(me, on):
        return None
    departments = _departments()
    for manager in (me.pk, *_stands_in_for(me, on)):
        if Employee.objects.filter(_staff_of(manager, departments, on), pk=employee).exists():
            return None if manager == me.pk else Employee.objects.get(pk=manager)
    return None


def _stands_in_for(me: Employee, day: date) -> list[int]:
    """Whom they are the deputy of; of who has left, there is nothing to decide."""
    managers = Employee.objects.filter(working_on(day)).values("pk")
    rows = Delegation.objects.filter(deputy=me, start__lte=day, end__gte=day, manager__in=managers)
    return [row.manager_id for row in rows.order_by("id")]


def _staff_of(manager: int, departments: Mapping[int, tuple[int | None, int | None]], day: date) -> Q:
    """Who names this manager, and who names nobody (still working) in what they head. Not the manager themselves."""
    found = Q(manager=manager)
    headed = {pk for pk, (head, _parent) in departments.items() if head == manager}
    if headed:
        nobody = Q(manager=None) | Q(manager__dismissed_on__lt=day) | Q(manager__hired_on__gt=day)
        found |= nobody & Q(department__in=_with_parts(headed, departments))
    return found & ~Q(pk=manager)


def _departments() -> dict[int, tuple[int | None, int | None]]:
    """Each with its head and what it is a part of."""
    return {pk: (head, parent) for pk, head, parent in Department.objects.values_list("pk", "head", "parent")}


def parts(departments: Iterable[int]) -> set[int]:
    """These departments with all that are parts of them."""
    return _with_parts(departments, _departments())


def _with_parts(departments: Iterable[int], every: Mapping[int, tuple[int | None, int | None]]) -> set[int]:
    found = set(departments)
    while more := {pk for pk, (_head, parent) in every.items() if parent in found} - found:
        found |= more
    return found


def employees_seen(by: Principal) -> Q:
    """The employees of whom this principal sees anything."""
    return sight_of(by).employees


def staff_seen(me: Employee) -> Q:
    """Themselves, and those for whom they decide: whose requests and balances they see."""
    return Q(pk=me.pk) | decided_by_them(me)


def fields_of(by: Principal, employee: Employee) -> frozenset[str]:
    """What of this employee the principal sees; empty when nothing."""
    return sight_of(by).fields_of(employee)


def escalated_to(me: Employee) -> Q:
    """The requests that this one is asked to decide, because nobody below did so in time."""
    if not works_on(me, today_of(me)):
        return NOBODY
    steps = Approval.objects.filter(verdict=Verdict.ESCALATED, on_behalf_of=me)
    return Q(pk__in=steps.values("request")) & ~Q(employee=me)


def may_decide(by: Principal, request: Request) -> bool:
    """May this principal approve or reject the request? Nobody does so for themselves, whatever else they are."""
    if not by.may("timeoff:write") or is_own(by, request):
        return False
    sight = sight_of(by)
    if sight.changes:
        return True
    if sight.me is None:
        return False
    staff = Employee.objects.filter(sight.staff, pk=request.employee_id)
    return staff.exists() or Request.objects.filter(escalated_to(sight.me), pk=request.pk).exists()


def is_own(by: Principal, request: Request) -> bool:
    """Is the request about whoever asks?"""
    me = employee_of(by)
    return me is not None and me.pk == request.employee_id


def may_enter_terms(by: Principal, employee: Employee) -> bool:
    """May this principal enter rates, corrections and terms of this employee? Nobody does so for themselves; the open
    form, where one account is everybody, excepted."""
    if not is_hr(by):
        return False
    me = employee_of(by)
    return by.is_open or me is None or me.pk != employee.pk


def teams_seen(by: Principal) -> Q:
    """The departments of whose absences this principal may have a calendar: where they work, what they head with all
    its parts; every one for who reads everything."""
    sight = sight_of(by)
    if sight.everything:
        return Q()
    me = sight.me
    if me is None or not works_on(me, today_of(me)):
        return NOBODY
    every = _departments()
    headed = _with_parts({pk for pk, (head, _parent) in every.items() if head == me.pk}, every)
    return Q(pk__in={*headed, *([me.department_id] if me.department_id else [])})


def may_follow_team(by: Principal, department: int) -> bool:
    """Is there this department, and may this principal have its calendar?"""
    return Department.objects.filter(teams_seen(by), pk=department).exists()
