"""Whom to ask about a request: who decides for its employee, else human resources, else the addresses of the setting;
and who is next, when none of them has decided in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from .lifecycle import Role, Status, Verdict
from .models import Approval, Employee, Request
from .queries import deciders_of, superior_of
from .rights import today_of, working_on


def people_asked(request: Request) -> list[Employee]:
    """Who is asked first: the manager or the head, and whoever stands in for them today; without any, human resources.
    Empty where there are none of these either."""
    return list(deciders_of(request.employee, today_of(request.employee))) or list(human_resources(request))


def human_resources(request: Request) -> QuerySet[Employee]:
    """Human resources, but whom the request is about."""
    working = working_on(today_of(request.employee))
    return Employee.objects.filter(working, role=Role.HR).exclude(pk=request.employee_id)


def next_up(request: Request) -> list[int]:
    """Who is asked when those who were asked have not decided: the superior of the last one, and whoever stands in for
    them today. Empty when nobody is above, so that only human resources are left."""
    asked = set(_escalations(request).values_list("on_behalf_of", flat=True))
    asked |= {one.pk for one in deciders_of(request.employee, today_of(request.employee))}
    for one in _above(request.employee):
        found = [up.pk for up in deciders_of(one, today_of(one)) if up.pk not in asked]
        if found := [pk for pk in found if pk != request.employee_id]:
            return found
    return []


def overdue(at: datetime) -> QuerySet[Request]:
    """The requests that nobody has decided in time, and about which there is still somebody to ask."""
    if not settings.TIMEOFF_ESCALATE_HOURS:
        return Request.objects.none()
    everybody = Approval.objects.filter(request=OuterRef("pk"), verdict=Verdict.ESCALATED, on_behalf_of=None)
    since = Coalesce("escalated_at", "submitted_at", "created_at")
    waiting = Request.objects.filter(~Exists(everybody), status=Status.SUBMITTED)
    return waiting.alias(since=since).filter(since__lte=at - timedelta(hours=settings.TIMEOFF_ESCALATE_HOURS))


def _escalations(request: Request) -> QuerySet[Approval]:
    return Approval.objects.filter(request=request, verdict=Verdict.ESCALATED)


def _above(employee: Employee) -> Iterator[Employee]:
    """The superiors, from the nearest one up."""
    seen, above = {employee.pk}, superior_of(employee)
    while above is not None and above not in seen:
        seen.add(above)
        one = Employee.objects.get(pk=above)
        yield one
        above = superior_of(one)
