"""Employees: the list, and one of them with what of them the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from angarium.engine.console.public import one_page, page, partial, signed_in, subject_page
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff.balances import balances_of
from angarium.modules.timeoff.lifecycle import Status
from angarium.modules.timeoff.models import Department, Employee
from angarium.modules.timeoff.queries import (
    absences_seen_by,
    deciders_of,
    departments_seen_by,
    employee_seen_by,
    find_employees,
    staff_of,
)
from angarium.modules.timeoff.rights import fields_of, may_enter_terms

from .history import history_of_employee
from .listing import balance_and_requests
from .viewer import around, today_of
from .wording import day_said, days_counted, days_said, short_span, span_said

subject_page("timeoff.employee", "timeoff_pages:employee")
PAGE = 25
WHO = (("", gettext_lazy("who works here")), ("left", gettext_lazy("who has left")), ("all", gettext_lazy("all")))


class Filters(forms.Form):
    """What the list is narrowed to; the cursor is the employee that the page before ended with."""

    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Name"))
    department = forms.ModelChoiceField(
        Department.objects.none(), required=False, empty_label=gettext_lazy("all"), label=gettext_lazy("Department")
    )
    who = forms.ChoiceField(required=False, choices=WHO, label=gettext_lazy("Who"))
    after = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, by: Principal, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = departments_seen_by(by)


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in the list; `more` is said when their balance and role are for the viewer."""

    employee: Employee
    decider: str
    since: str
    balance: str
    away: str
    gone: bool
    more: bool


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, today = principal_of(request), today_of(request)
    form = Filters(request.GET, by=by)
    found, pager = _found(request, by, form, today)
    context = {
        **around(request),
        "form": form,
        "rows": rows_of(by, found, today),
        **pager,
        "narrowed": any(request.GET.get(name) for name in ("q", "department", "who")),
    }
    template = "timeoff/people_body.html" if partial(request) else "timeoff/people.html"
    return page(request, template, context, status=200 if form.is_valid() else 400)


def _found(request: HttpRequest, by: Principal, form: Filters, today: date) -> tuple[list[Employee], dict[str, Any]]:
    if not form.is_valid():
        return [], {}
    said = form.cleaned_data
    rows = find_employees(by, q=said["q"], department=said["department"].pk if said["department"] else None)
    if said["who"] == "left":
        rows = rows.filter(dismissed_on__lt=today)
    elif not said["who"]:
        rows = rows.exclude(dismissed_on__lt=today)
    if said["after"] and (last := Employee.objects.filter(pk=said["after"]).first()):
        rows = rows.filter(name__gt=last.name) | rows.filter(name=last.name, pk__gt=last.pk)
    rows = rows.select_related("department__head", "manager").order_by("name", "id")
    return one_page(request, rows, size=PAGE, cursor="after")


def rows_of(by: Principal, people: Sequence[Employee], today: date) -> list[Row]:
    """Their balances and absences are read together."""
    known = set(staff_of(by).filter(pk__in=[one.pk for one in people]).values_list("pk", flat=True))
    numbers = {one.employee_id: one.days for one in balances_of([one for one in people if one.pk in known], today)}
    absent = [one for one in absences_seen_by(by, today, today) if one.status == Status.APPROVED]
    away = {one.employee_id: short_span(one.start, one.end) for one in absent}
    return [
        Row(
            one,
            _decider(one) if one.pk in known else "",
            day_said(one.hired_on) if one.pk in known else "–",
            days_said(numbers[one.pk]) if one.pk in numbers else "",
            away.get(one.pk, ""),
            one.dismissed_on is not None and one.dismissed_on < today,
            one.pk in known,
        )
        for one in people
    ]


def _decider(one: Employee) -> str:
    head = one.department.head if one.department else None
    return one.manager.name if one.manager else head.name if head and head.pk != one.pk else ""


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by, today = principal_of(request), today_of(request)
    one = employee_seen_by(by, id)
    seen = fields_of(by, one)
    context: dict[str, Any] = {
        **around(request),
        "one": one,
        "facts": facts_of(one, seen, today),
        "gone": one.dismissed_on is not None and one.dismissed_on < today and "dismissed_on" in seen,
        "has_rates": "rates" in seen,
        "may_enter": may_enter_terms(by, one),
        "history": history_of_employee(by, one),
    }
    if "balance" in seen:
        context |= balance_and_requests(request, one)
    else:
        absences = absences_seen_by(by, today, date(today.year + 1, 12, 31))
        context["absences"] = [span_said(found.start, found.end) for found in absences if found.employee_id == id]
    template = "timeoff/employee_body.html" if partial(request) else "timeoff/employee.html"
    return page(request, template, context)


def facts_of(one: Employee, seen: frozenset[str], today: date) -> list[tuple[str, str]]:
    """(name, value) of what the viewer may see and there is."""
    every = (
        ("department_id", _("Department"), _name(one.department)),
        ("manager_id", _("Who decides"), ", ".join(who.name for who in deciders_of(one, today))),
        ("email", _("E-mail"), one.email),
        ("hired_on", _("First day"), day_said(one.hired_on)),
        ("dismissed_on", pgettext("a day", "Last day"), day_said(one.dismissed_on) if one.dismissed_on else ""),
        ("vacation_days", _("Vacation a year"), days_counted(one.vacation_days)),
        ("role", _("Role"), str(one.get_role_display())),
        ("timezone", _("Time zone"), one.timezone),
    )
    return [(name, value) for field, name, value in every if field in seen and value and "email" in seen]


def _name(department: Department | None) -> str:
    return department.name if department else ""
