"""Requests, employees, entries of the ledger and the calendar as one can follow them, by the policy of `rights`.

`request:7` and `entry:7` are for whoever sees the person's balance; `employee:7` is for colleagues as well, and says
that something about them is another than before: their name, or the days on which they are away, without the days.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from angarium.contracts import timeoff as told
from angarium.contracts.event import Event
from angarium.engine.identity.public import Principal
from angarium.engine.live.public import Topic, rights_changed, row_key, topic
from angarium.kernel.clock import now

from . import rights, wire
from .lifecycle import Role, Status, Verdict
from .models import Approval, Delegation, Department, Employee, Entry, Request


def reads_all(by: Principal) -> bool:
    """Without a query: human resources among the employees are in each audience instead."""
    return by.is_open or (by.is_staff and rights.reads_at_all(by))


def who_see_request(id: str) -> set[UUID]:
    """The employee, who decides, whom it was escalated to, human resources; of a draft its author instead."""
    request = Request.objects.select_related("employee").filter(pk=row_key(id, digits=18)).first()
    if request is None:
        return set()
    staff = persons(Q(pk__in=rights.who_decide(request.employee)))
    own = persons(Q(pk=request.employee_id) | _hr())
    if request.status == Status.DRAFT:
        return own | {one for one in staff if one == request.author}
    escalated = Approval.objects.filter(request=request, verdict=Verdict.ESCALATED).values("on_behalf_of")
    return own | staff | persons(Q(pk__in=escalated))


def who_see_employee(id: str) -> set[UUID]:
    """Whoever sees anything of them: who sees their balance, and colleagues of the same department."""
    employee = Employee.objects.filter(pk=row_key(id, digits=18)).first()
    if employee is None:
        return set()
    colleagues = Q(department=employee.department_id) if employee.department_id else Q(pk=employee.pk)
    return who_see_balance(employee) | persons(colleagues & rights.working_on(rights.today_of(employee)))


def who_see_entry(id: str) -> set[UUID]:
    """Whoever sees the balance that it belongs to."""
    entry = Entry.objects.select_related("employee").filter(pk=row_key(id, digits=18)).first()
    return who_see_balance(entry.employee) if entry else set()


def who_see_balance(employee: Employee) -> set[UUID]:
    return persons(Q(pk=employee.pk) | Q(pk__in=rights.who_decide(employee)) | _hr())


def whose_it_was(fact: Event) -> set[UUID]:
    """Whom a draft concerned that is deleted now."""
    assert isinstance(fact, told.RequestEvent)
    deleted = isinstance(fact, told.RequestDeleted)
    return persons(Q(pk=fact.employee_id) | _hr()) if deleted else set()


def who_they_were(fact: Event) -> set[UUID]:
    """Whoever signed in as an employee who is removed now."""
    return {fact.person} if isinstance(fact, told.EmployeeDeleted) and fact.person else set()


def persons(employees: Q) -> set[UUID]:
    found = Employee.objects.filter(employees, person__isnull=False).values_list("person", flat=True)
    return {one for one in found if one}


def _hr() -> Q:
    return Q(role=Role.HR) & rights.working_on(now().date())


def _nobody_by_itself(id: str) -> set[UUID]:
    """The calendar is for everybody who reads at all."""
    return set()


REQUESTS = topic(
    Topic(
        name="request",
        module="timeoff",
        subject="timeoff.request",
        reads_all=reads_all,
        reads=rights.reads_at_all,
        audience=who_see_request,
        data=wire.request,
        concerned=whose_it_was,
    )
)
EMPLOYEES = topic(
    Topic(
        name="employee",
        module="timeoff",
        subject="timeoff.employee",
        reads_all=reads_all,
        reads=rights.reads_at_all,
        audience=who_see_employee,
        data=wire.employee,
        concerned=who_they_were,
    )
)
ENTRIES = topic(
    Topic(
        name="entry",
        module="timeoff",
        subject="timeoff.entry",
        reads_all=reads_all,
        reads=rights.reads_at_all,
        audience=who_see_entry,
        data=wire.entry,
    )
)
HOLIDAYS = topic(
    Topic(
        name="holiday",
        module="timeoff",
        subject="timeoff.holiday",
        reads_all=rights.reads_at_all,
        reads=rights.reads_at_all,
        audience=_nobody_by_itself,
        data=wire.holiday,
    )
)


@receiver(post_save, sender=Delegation)
@receiver(post_delete, sender=Delegation)
@receiver(post_save, sender=Department)
def somebody_else_may_read(raw: bool = False, **_: Any) -> None:
    """Deputies and heads; what becomes of employees has events, to which `tasks` listens."""
    if not raw:
        rights_changed()
