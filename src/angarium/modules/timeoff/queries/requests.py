"""Requests: whose are seen by whom, who may do what with one, and its lock, which comes after its employee's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.errors import NoRequest
from angarium.modules.timeoff.lifecycle import STANDING, Kind, Status
from angarium.modules.timeoff.models import Employee, Request

from .one import only
from .people import employee_for_update

#: What is being away; work on a holiday is the contrary.
AWAY = (Kind.VACATION, Kind.DAY_OFF, Kind.UNPAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days on which somebody is away, or asked to be. `request` and `kind` are only for those who see the request."""

    employee_id: int
    name: str
    start: date
    end: date
    status: str
    request: int | None = None
    kind: str | None = None


def requests_seen_by(by: Principal) -> QuerySet[Request]:
    """Everybody's, or one's own and those of one's staff. A draft is seen by its author, its employee and human
    resources."""
    sight = rights.sight_of(by)
    if sight.everything:
        return Request.objects.all()
    if (me := sight.me) is None:
        return Request.objects.none()
    drafts = Q(status=Status.DRAFT) & ~Q(author=by.id) & ~Q(employee=me)
    theirs = Q(employee__in=Employee.objects.filter(sight.those_known)) | rights.escalated_to(me)
    return Request.objects.filter(theirs).exclude(drafts)


def request_seen_by(by: Principal, id: int) -> Request:
    """NoRequest when there is none or it is not for this principal."""
    return only(requests_seen_by(by).select_related("employee"), id, NoRequest)


def find_requests(
    by: Principal,
    *,
    status: str = "",
    kind: str = "",
    employee: int | None = None,
    since: date | None = None,
    until: date | None = None,
    mine: bool = False,
    to_decide: bool = False,
) -> QuerySet[Request]:
    """Those seen by this principal that fit every filter given; some of their days lie from `since` to `until`."""
    found = requests_seen_by(by).select_related("employee")
    exact = {"status": status, "kind": kind, "employee_id": employee}
    found = found.filter(**{name: value for name, value in exact.items() if value not in ("", None)})
    if since is not None:
        found = found.filter(end__gte=since)
    if until is not None:
        found = found.filter(start__lte=until)
    if mine:
        found = found.filter(employee=rights.employee_of(by)) if rights.employee_of(by) else found.none()
    return found.filter(_to_decide(by)) if to_decide else found


def _to_decide(by: Principal) -> Q:
    me = rights.employee_of(by)
    open_ = Q(status=Status.SUBMITTED)
    if rights.is_hr(by):
        return open_ & ~Q(employee=me) if me else open_
    if me is None or not by.may("timeoff:write"):
        return Q(pk__in=[])
    theirs = Q(employee__in=Employee.objects.filter(rights.decided_by_them(me)))
    return open_ & ~Q(employee=me) & (theirs | rights.escalated_to(me))


def request_for_update(id: int) -> Request:
    """The request and, before it, its employee, both locked until the transaction ends. NoRequest."""
    found = only(Request.objects.all(), id, NoRequest)
    employee = employee_for_update(found.employee_id)
    request = only(Request.objects.select_for_update(of=("self",)), id, NoRequest)
    request.employee = employee
    return request


def standing_requests(employee_id: int) -> QuerySet[Request]:
    """Those of an employee that are submitted or approved."""
    return Request.objects.filter(employee_id=employee_id, status__in=STANDING)


def open_requests(employee_id: int) -> QuerySet[Request]:
    """The vacations of an employee that reserve their days."""
    return Request.objects.filter(employee_id=employee_id, status=Status.SUBMITTED, kind=Kind.VACATION)


def may_edit(by: Principal, request: Request) -> bool:
    """May this principal edit, submit and withdraw the request? Its author, its employee, human resources."""
    if rights.is_hr(by):
        return True
    return by.may("timeoff:write") and (rights.is_own(by, request) or (by.id is not None and by.id == request.author))


def may_cancel(by: Principal, request: Request, today: date) -> bool:
    """May this principal call off what was approved? Whoever decides; the employee as long as it has not begun."""
    if rights.is_own(by, request):
        return by.may("timeoff:write") and request.start > today
    return rights.may_decide(by, request)


def stood_in_for(by: Principal, request: Request, on: date) -> Employee | None:
    """For whom this principal decides the request as a deputy; None when it is theirs to decide."""
    me = rights.employee_of(by)
    return None if me is None or rights.is_hr(by) else rights.decides_as_deputy(me, request.employee_id, on)


def absences_seen_by(by: Principal, start: date, end: date) -> list[Absence]:
    """Who is away, or asked to be, on some of these days; of colleagues without why, and approved days only."""
    away = Request.objects.filter(kind__in=AWAY, status__in=STANDING, start__lte=end, end__gte=start)
    sight = rights.sight_of(by)
    known = set(Employee.objects.filter(sight.those_known).values_list("pk", flat=True))
    seen = Employee.objects.filter(sight.employees)
    rows = away.filter(employee__in=seen).select_related("employee").order_by("start", "id")
    return [
        _absence(row, row.employee_id in known)
        for row in rows
        if row.employee_id in known or row.status == Status.APPROVED
    ]


def _absence(row: Request, is_known: bool) -> Absence:
    told = {"request": row.pk, "kind": row.kind} if is_known else {}
    who = {"employee_id": row.employee_id, "name": row.employee.name, "status": row.status}
    return Absence(**who, start=row.start, end=row.end, **told)  # type: ignore[arg-type]
