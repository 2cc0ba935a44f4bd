"""Asking for days off: the form, what stands beside it while one writes, editing a draft."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import fill, page, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.calendar import DAY_MINUTES, FIRST, LAST
from angarium.modules.timeoff.errors import NotYours
from angarium.modules.timeoff.lifecycle import Kind, Status
from angarium.modules.timeoff.models import Employee, Request
from angarium.modules.timeoff.queries import find_employees, may_edit, myself, request_seen_by, staff_of
from angarium.modules.timeoff.rights import employee_of, is_hr

from .asked import told_of
from .grid import Absence
from .team import begin, later, team_grid, title_of
from .viewer import around, today_of
from .wording import span_said

#: People of the calendar beside the form.
MOST = 25


class Day(forms.DateField):
    """A day, entered with the browser's own calendar."""

    input_formats = ("%Y-%m-%d",)
    default_error_messages = {"invalid": _("Write a day such as 2026-11-21.")}

    def __init__(self, **options: Any) -> None:
        attrs = {"type": "date", "min": FIRST.isoformat(), "max": LAST.isoformat()}
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs=attrs), **options)


class RequestForm(forms.Form):
    """A request; `employee_id` only for those who may ask for others."""

    employee_id = forms.TypedChoiceField(coerce=int, label=_("For whom"))
    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.VACATION, label=_("Kind"), widget=forms.RadioSelect)
    start = Day(label=_("First day"))
    end = Day(label=pgettext_lazy("a day", "Last day"))
    minutes = forms.IntegerField(
        required=False, initial=DAY_MINUTES, label=_("Minutes a day"), help_text=_("480 are eight hours.")
    )
    comment = forms.CharField(
        required=False,
        max_length=1000,
        label=pgettext_lazy("request", "Comment"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, by: Principal, draft: Request | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        if draft or not is_hr(by):
            del self.fields["employee_id"]
        else:
            people = find_employees(by).order_by("name", "id").values_list("pk", "name")
            self.fields["employee_id"].choices = list(people)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Minutes are of work on a holiday alone; the form sends them always."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") != Kind.HOLIDAY_WORK:
            data["minutes"] = None
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    if not is_hr(by):
        myself(by)
    form = RequestForm(request.POST or None, by=by, initial=_initial(request, by))
    made = fill(form, lambda: _ask(by, keep=bool(request.POST.get("keep")), **form.cleaned_data))
    if made is not None:
        return redirect("timeoff_pages:request", id=made.pk)
    return _shown(request, form, None)


def _initial(request: HttpRequest, by: Principal) -> dict[str, Any]:
    """From the query: `employee`, `start`, `end`, `kind`."""
    me = employee_of(by)
    given = {name: request.GET[name] for name in ("kind", "start", "end") if request.GET.get(name)}
    return {"employee_id": request.GET.get("employee") or (me.pk if me else None), **given}


def _ask(by: Principal, *, keep: bool, version: int | None, employee_id: int | None = None, **values: Any) -> Request:
    return actions.create_request(by=by, employee=employee_id, draft=keep, **values)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    draft = request_seen_by(by, id)
    if draft.status != Status.DRAFT:
        return redirect("timeoff_pages:request", id=id)
    if not may_edit(by, draft):
        raise NotYours
    names = ("kind", "start", "end", "minutes", "comment", "version")
    form = RequestForm(request.POST or None, by=by, draft=draft, initial={one: getattr(draft, one) for one in names})
    if fill(form, lambda: _change(by, id, keep=bool(request.POST.get("keep")), **form.cleaned_data)) is not None:
        return redirect("timeoff_pages:request", id=id)
    return _shown(request, form, draft)


def _change(by: Principal, id: int, *, keep: bool, version: int | None, **values: Any) -> Request:
    changed = actions.edit_request(id, by=by, expected_version=version, **values)
    return changed if keep else actions.submit_request(id, by=by)


@signed_in
def told(request: HttpRequest) -> HttpResponse:
    """The part that changes with every key; what makes no sense yet is left out."""
    by = principal_of(request)
    number = request.GET.get("request", "")
    draft = request_seen_by(by, int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    form = RequestForm(request.GET, by=by, draft=draft)
    form.is_valid()
    return page(request, "timeoff/told_part.html", _told(request, by, form.cleaned_data, draft))


def _shown(request: HttpRequest, form: RequestForm, draft: Request | None) -> HttpResponse:
    by = principal_of(request)
    said = {name: form[name].value() for name in form.fields}
    days = {name: _day(said.get(name)) for name in ("start", "end")}
    context = {**around(request), "form": form, "draft": draft, **_told(request, by, {**said, **days}, draft)}
    return page(request, "timeoff/form.html", context, status=422 if form.errors else 200)


def _day(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) or not value else date.fromisoformat(value)
    except ValueError:
        return None


def _told(request: HttpRequest, by: Principal, said: dict[str, Any], draft: Request | None) -> dict[str, Any]:
    """`told` and `grid` of what was written so far: values of the form's fields, some None."""
    employee = draft.employee if draft else _employee(by, said.get("employee_id"))
    if employee is None:
        return {"told": None, "grid": None}
    wanted = _wanted(employee, said, draft)
    told = told_of(by, wanted) if wanted else None
    return {"told": told, **_team(by, wanted, employee, today_of(request))}


def _wanted(employee: Employee, said: dict[str, Any], draft: Request | None) -> Request | None:
    """The request that is thought of, not saved; None before it has both days."""
    start, end = said.get("start") or None, said.get("end") or None
    if start is None or end is None or not _possible(start, end):
        return None
    wanted = Request(employee=employee, kind=said.get("kind") or Kind.VACATION, start=start, end=end)
    wanted.pk = draft.pk if draft else None
    wanted.minutes = (said.get("minutes") or None) if wanted.kind == Kind.HOLIDAY_WORK else None
    return wanted


def _possible(start: date, end: date) -> bool:
    """Not so far away, and not so long, that it is a slip of the pen, which the form says when it is sent."""
    return FIRST.year + 70 < start.year < LAST.year - 1 and end.year < LAST.year - 1 and end - start < timedelta(400)


def _employee(by: Principal, id: Any) -> Employee | None:
    """Whom it is asked for: for human resources the one chosen."""
    if is_hr(by) and str(id or "").isdigit():
        return staff_of(by).filter(pk=int(id)).first()
    return employee_of(by)


def _team(by: Principal, wanted: Request | None, employee: Employee, today: date) -> dict[str, Any]:
    """The calendar of the department in the months of what is wanted, two at most; in this one while that is open."""
    first = begin(wanted.start if wanted else today, "month")
    last = later(begin(min(wanted.end, later(first, 1)), "month") if wanted and wanted.end >= first else first, 1)
    last -= timedelta(days=1)
    people = find_employees(by, department=employee.department_id, working_on=first).order_by("name", "id")
    rows = [employee, *people.exclude(pk=employee.pk)[: MOST - 1]] if employee.department_id else [employee]
    mine = [_drawn(wanted)] if wanted and wanted.end >= wanted.start else []
    return {"grid": team_grid(by, rows, first, last, today, mine), "grid_title": title_of(first, last)}


def _drawn(wanted: Request) -> Absence:
    label = f"{_('what is asked for')}, {span_said(wanted.start, wanted.end)}"
    return Absence(wanted.employee_id, wanted.start, wanted.end, "wanted", label)
