"""What can be exported of time off: requests, balances, and work on holidays between two dates, the January report.

Whoever asks gets what the lists show to them: human resources everybody, a manager their staff, everybody themselves.
Who names a department gets it only as human resources or as its head, or as the head of what it is a part of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from angarium.engine.api.public import Integer, Shape
from angarium.engine.exports.public import Column, Snapshot, Worked, dataset
from angarium.engine.identity.public import Principal

from . import rights
from .balances import balances_of, calendar_of
from .calendar import Calendar
from .derivation import rounded
from .lifecycle import Kind, Status
from .models import Employee, Request
from .overtime import DAY_AT_MOST, Totals, holiday_work, minutes_by_day, totals
from .queries import find_requests, requests_seen_by, staff_of

Filters = dict[str, Any]
#: Employees whose books are in memory at once.
SOME = 100
#: What is read of each request, the employee's own first.
_OF_EMPLOYEE = ("employee__name", "employee__department__name", "employee__hired_on", "employee__dismissed_on")
_WORK = ("employee_id", *_OF_EMPLOYEE, "employee__timezone", "start", "end", "minutes")


class Whose(Shape):
    """Of whom: one employee, those of a department with its parts, or all that one sees."""

    employee_id = Integer(required=False, min_value=1, label=_("Employee (number)"))
    department_id = Integer(required=False, min_value=1, label=_("Department (number)"))


class WantedRequests(Whose):
    """Some of whose days lie from `since` to `until`."""

    kind = serializers.ChoiceField(choices=Kind.choices, required=False, label=_("Kind"))
    status = serializers.ChoiceField(choices=Status.choices, required=False, label=_("Status"))
    since = serializers.DateField(required=False, label=_("Not over before"))
    until = serializers.DateField(required=False, label=_("Not begun after"))


class WantedBalances(Whose):
    """The balances at the end of a day."""

    on = serializers.DateField(required=False, label=_("On"))


class WantedWork(Whose):
    """Work from `start` to `end` inclusive, each day by the clock of whoever worked."""

    start = serializers.DateField(label=_("First day"))
    end = serializers.DateField(label=_("Last day"))

    def validate(self, attrs: Filters) -> Filters:
        if attrs["end"] < attrs["start"]:
            raise serializers.ValidationError({"end": [_("It ends before it starts.")]}, code="ends_before_it_starts")
        return attrs


def part(by: Principal, filters: Filters) -> Any:
    """Whose rows this principal may read; False when what they ask for is not theirs."""
    sight = rights.sight_of(by)
    if sight.everything:
        return "all"
    if sight.me is None:
        return False
    department, employee = filters.get("department_id"), filters.get("employee_id")
    if department is not None and department not in _headed(sight.me):
        return False
    known = sorted(staff_of(by).values_list("pk", flat=True))
    return False if employee is not None and employee not in known else known


def _headed(me: Employee) -> set[int]:
    return rights.parts(me.heads.values_list("pk", flat=True)) if rights.works_on(me, rights.today_of(me)) else set()


def offered(by: Principal) -> bool:
    """To whoever works here, and to whoever reads everything."""
    return rights.reads_all(by) or (rights.reads_at_all(by) and rights.employee_of(by) is not None)


def _departments(filters: Filters) -> set[int]:
    return rights.parts([filters["department_id"]])


def employees(by: Principal, filters: Filters) -> QuerySet[Employee]:
    found = staff_of(by).order_by("name", "id")
    if "employee_id" in filters:
        found = found.filter(pk=filters["employee_id"])
    return found.filter(department__in=_departments(filters)) if "department_id" in filters else found


def requests(by: Principal, filters: Filters) -> QuerySet[Request]:
    words = {name: filters[name] for name in ("kind", "status", "since", "until") if name in filters}
    found = find_requests(by, employee=filters.get("employee_id"), **words).order_by("id")
    return found.filter(employee__department__in=_departments(filters)) if "department_id" in filters else found


def balances(by: Principal, filters: Filters) -> Worked:
    query, on = employees(by, filters), filters.get("on")
    return Worked(count=lambda at: at.count(query), rows=lambda at: _balances(at, query, on))


def _balances(at: Snapshot, query: QuerySet[Employee], on: date | None) -> Iterator[Sequence[Any]]:
    ids = at.rows(query, "pk")
    while some := [id for (id,) in islice(ids, SOME)]:
        found = Employee.objects.filter(pk__in=some).select_related("department").in_bulk()
        by_day: dict[date, list[Employee]] = {}
        for one in (found[id] for id in some):
            by_day.setdefault(on or rights.today_of(one), []).append(one)
        told = {one.employee_id: one for day, those in by_day.items() for one in balances_of(those, day)}
        for who in (found[id] for id in some):
            department, has = who.department.name if who.department else None, told[who.pk]
            yield who.pk, who.name, department, who.dismissed_on, has.on, has.days, has.reserved, has.available


def work(by: Principal, filters: Filters) -> Worked:
    """One row per employee who worked on a day off between the dates, also for those who have left since."""
    start, end = filters["start"], filters["end"]
    query = requests_seen_by(by).filter(kind=Kind.HOLIDAY_WORK, status=Status.APPROVED, start__lte=end, end__gte=start)
    if "employee_id" in filters:
        query = query.filter(employee=filters["employee_id"])
    if "department_id" in filters:
        query = query.filter(employee__department__in=_departments(filters))
    rows = _worked(query.order_by("employee__name", "employee_id", "start", "id"), start, end)
    return Worked(count=lambda at: sum(1 for _row in rows(at)), rows=rows)


def _worked(query: QuerySet[Request], start: date, end: date) -> Callable[[Snapshot], Iterator[Sequence[Any]]]:
    def rows(at: Snapshot) -> Iterator[Sequence[Any]]:
        calendar = calendar_of()
        for _id, theirs in groupby(at.rows(query, *_WORK), key=itemgetter(0)):
            if (row := _row(list(theirs), start, end, calendar)) is not None:
                yield row

    return rows


def _row(theirs: Sequence[Any], start: date, end: date, calendar: Calendar) -> Sequence[Any] | None:
    """What one employee did on days off, within the dates and while they worked here; None when nothing."""
    id, name, department, hired, dismissed, zone, *_rest = theirs[0]
    minutes: Counter[date] = Counter()
    for *_who, first, last, each in theirs:
        since, until = max(first, start, hired), min(last, end, dismissed or last)
        if since <= until:
            minutes.update(minutes_by_day(since, until, each) if each else minutes_by_day(since, until))
    done = holiday_work({day: min(number, DAY_AT_MOST) for day, number in minutes.items()}, calendar)
    if not done:
        return None
    return id, name, department, dismissed, zone, done[0].on, done[-1].on, *_sums(totals(done))


def _sums(found: Totals) -> tuple[int, int, Decimal, int, int]:
    hours = rounded(Decimal(found.minutes) / 60)
    return found.days, found.minutes, hours, found.public_days, found.public_minutes


REQUESTS = dataset(
    "timeoff.requests",
    title=_("Requests"),
    says=_("Vacations, days off, unpaid leave and work on holidays, with what became of each."),
    columns=[
        Column("id", _("Request"), "integer"),
        Column("employee_id", _("Employee (number)"), "integer"),
        Column("employee", _("Employee"), source="employee__name"),
        Column("department", _("Department"), source="employee__department__name"),
        Column("kind", _("Kind")),
        Column("start", _("First day"), "date"),
        Column("end", _("Last day"), "date"),
        Column("minutes", _("Minutes a day"), "integer"),
        Column("days", _("Days of the balance"), "decimal"),
        Column("status", _("Status")),
        Column("comment", _("Comment")),
        Column("decided_by", _("Decided by")),
        Column("decided_at", _("Decided"), "moment"),
        Column("decision", _("Reason of the decision")),
        Column("created_at", _("Made"), "moment"),
    ],
    filters=WantedRequests,
    rows=requests,
    may_read=part,
    offered_to=offered,
)
BALANCES = dataset(
    "timeoff.balances",
    title=_("Balances"),
    says=_("What each employee has at the end of a day, and what of it is reserved."),
    columns=[
        Column("employee_id", _("Employee (number)"), "integer"),
        Column("employee", _("Employee")),
        Column("department", _("Department")),
        Column("dismissed_on", _("Last day of work"), "date"),
        Column("on", _("On"), "date"),
        Column("days", _("Days"), "decimal"),
        Column("reserved", _("Reserved"), "decimal"),
        Column("available", _("Available"), "decimal"),
    ],
    filters=WantedBalances,
    rows=balances,
    may_read=part,
    offered_to=offered,
)
HOLIDAY_WORK = dataset(
    "timeoff.holiday_work",
    title=_("Work on holidays"),
    says=_("Who worked on public holidays and days off between two dates: days, minutes and hours of each employee."),
    columns=[
        Column("employee_id", _("Employee (number)"), "integer"),
        Column("employee", _("Employee")),
        Column("department", _("Department")),
        Column("dismissed_on", _("Last day of work"), "date"),
        Column("timezone", _("Time zone of the days")),
        Column("first_on", _("First day"), "date"),
        Column("last_on", _("Last day"), "date"),
        Column("days", _("Days"), "integer"),
        Column("minutes", _("Minutes"), "integer"),
        Column("hours", _("Hours"), "decimal"),
        Column("public_days", _("Of these on public holidays, days"), "integer"),
        Column("public_minutes", _("Of these on public holidays, minutes"), "integer"),
    ],
    filters=WantedWork,
    rows=work,
    may_read=part,
    offered_to=offered,
)
