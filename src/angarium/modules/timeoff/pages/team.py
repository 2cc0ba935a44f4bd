"""The team's calendar: a month or a quarter, people down, days across; it follows what happens while it is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from angarium.engine.console.public import page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff.balances import calendar_of
from angarium.modules.timeoff.calendar import DayKind
from angarium.modules.timeoff.lifecycle import Kind, Status
from angarium.modules.timeoff.models import Department, Employee
from angarium.modules.timeoff.queries import Absence as Found
from angarium.modules.timeoff.queries import absences_seen_by, departments_seen_by, find_employees

from .derived import names_of_days
from .grid import Absence, Grid, Span, grid
from .viewer import around, day_in, today_of
from .wording import span_said

#: More people than can be read on one page.
MOST = 80
#: Months of each view.
VIEWS = {"month": 1, "quarter": 3}
FIRST, LAST = date(1971, 1, 1), date(2190, 12, 31)


class Wanted(forms.Form):
    """Whose calendar."""

    department = forms.ModelChoiceField(
        Department.objects.none(), required=False, empty_label=gettext_lazy("all"), label=gettext_lazy("Department")
    )

    def __init__(self, *args: Any, by: Principal, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        seen = find_employees(by).order_by().values("department")
        field.queryset = departments_seen_by(by).filter(pk__in=seen)


@signed_in
def show(request: HttpRequest) -> HttpResponse:
    by, today = principal_of(request), today_of(request)
    form = Wanted(request.GET, by=by)
    valid = form.is_valid()
    view = request.GET.get("view", "") if request.GET.get("view", "") in VIEWS else "month"
    first = begin(day_in(request, "date", usual=today, earliest=FIRST, latest=LAST), view)
    last = later(first, VIEWS[view]) - timedelta(days=1)
    department = form.cleaned_data.get("department") if valid else None
    people = list(_people(by, department.pk if department else None, first, last)[: MOST + 1]) if valid else []
    context = {
        **around(request),
        "form": form,
        "view": view,
        "day": first,
        "title": title_of(first, last),
        "grid": team_grid(by, people[:MOST], first, last, today),
        "full": len(people) > MOST,
        "sees_kinds": True,
        "to": _links(view, first, department.pk if department else None),
    }
    template = "timeoff/team_body.html" if partial(request) else "timeoff/team.html"
    return page(request, template, context, status=200 if valid else 400)


def _people(by: Principal, department: int | None, first: date, last: date) -> Any:
    """Who works here on some day from `first` to `last`."""
    working = find_employees(by, department=department).filter(hired_on__lte=last)
    return working.exclude(dismissed_on__lt=first).order_by("name", "id")


def team_grid(
    by: Principal, people: Sequence[Employee], first: date, last: date, today: date, more: Sequence[Absence] = ()
) -> Grid:
    """The calendar of these people, as this principal may see it, and `more` bars."""
    calendar = calendar_of()
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    special = [day for day in days if calendar.kind(day) in (DayKind.PUBLIC, DayKind.TRANSFERRED)]
    free = frozenset(day for day in days if not calendar.is_working(day))
    span = Span(first, last, free, names_of_days(special), today)
    ids = {one.pk for one in people}
    found = [drawn(one) for one in absences_seen_by(by, first, last) if one.employee_id in ids]
    return grid(span, [(one.pk, one.name) for one in people], [*found, *more])


def drawn(one: Found) -> Absence:
    """An absence with its words: the kind only for whom it is known."""
    waiting = one.status == Status.SUBMITTED
    words = str(Kind(one.kind).label) if one.kind else _("away")
    label = f"{words}, {span_said(one.start, one.end)}" + (f" ({_('not decided')})" if waiting else "")
    return Absence(one.employee_id, one.start, one.end, one.kind or "", label, waiting, one.request)


@dataclass(frozen=True, slots=True)
class Away:
    """Absences that were read once, and in which department each of their people is."""

    absences: Sequence[Found]
    departments: Mapping[int, int | None]

    def beside(self, employee: Employee, start: date, end: date) -> list[dict[str, Any]]:
        """Who else of the employee's department is away on some of these days: dicts of name, span, waiting."""
        return [
            {"name": one.name, "span": span_said(one.start, one.end), "waiting": one.status == Status.SUBMITTED}
            for one in self.absences
            if one.start <= end and one.end >= start and one.employee_id != employee.pk
            if employee.department_id and self.departments[one.employee_id] == employee.department_id
        ]


def away_between(by: Principal, start: date, end: date) -> Away:
    """Whoever this principal may know to be away on some of these days. A handful of queries."""
    absences = absences_seen_by(by, start, end)
    ids = {one.employee_id for one in absences}
    return Away(absences, dict(Employee.objects.filter(pk__in=ids).values_list("pk", "department")))


def away_then(by: Principal, employee: Employee, start: date, end: date) -> list[dict[str, Any]]:
    """Who else of this employee's department is away on some of these days."""
    return away_between(by, start, end).beside(employee, start, end)


def begin(day: date, view: str) -> date:
    """The first day of the month, or of the quarter."""
    return date(day.year, day.month if view == "month" else day.month - (day.month - 1) % 3, 1)


def later(first: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def title_of(first: date, last: date) -> str:
    """`November 2026`, `October – December 2026`, `December 2026 – January 2027`."""
    end = date_format(last, "F Y")
    if (first.year, first.month) == (last.year, last.month):
        return end
    return f"{date_format(first, 'F' if first.year == last.year else 'F Y')} – {end}"


def _links(view: str, first: date, department: int | None) -> dict[str, str]:
    """The query strings of the other days and views."""

    def to(**said: object) -> str:
        every = {"view": view, "department": department, **said}
        return urlencode({name: value for name, value in every.items() if value})

    return {
        "before": to(date=later(first, -VIEWS[view])),
        "after": to(date=later(first, VIEWS[view])),
        "today": to(),
        **{name: to(view=name, date=first) for name in VIEWS},
    }
