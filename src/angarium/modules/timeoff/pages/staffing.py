"""Human resources enter, edit and dismiss employees, correct a balance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, signed_in
from angarium.engine.identity.public import Person, Principal, principal_of, timezones
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.errors import NotYours
from angarium.modules.timeoff.lifecycle import Role
from angarium.modules.timeoff.models import Employee
from angarium.modules.timeoff.queries import departments_seen_by, employee_seen_by, find_employees
from angarium.modules.timeoff.rights import is_hr

from .entering import Day
from .viewer import around, today_of

Choices = list[tuple[Any, Any]]


def hr_only(request: HttpRequest) -> Principal:
    """Whoever asks; NotYours unless they are human resources."""
    by = principal_of(request)
    if not is_hr(by):
        raise NotYours
    return by


def optional(value: str) -> int | None:
    """The key that was chosen in a <select>, None for none."""
    return int(value) if value else None


class EmployeeForm(forms.Form):
    """An employee. `person` is the name they sign in with; empty for who does not."""

    name = forms.CharField(max_length=255, label=gettext_lazy("Name"))
    person = forms.CharField(
        required=False,
        max_length=300,
        label=gettext_lazy("Name to sign in with"),
        help_text=gettext_lazy("Without it the employee sees no page of their own."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(required=False, max_length=254, label=gettext_lazy("E-mail"))
    department_id = forms.TypedChoiceField(
        required=False, coerce=optional, empty_value=None, label=gettext_lazy("Department")
    )
    manager_id = forms.TypedChoiceField(
        required=False,
        coerce=optional,
        empty_value=None,
        label=gettext_lazy("Manager"),
        help_text=gettext_lazy("When there is none, the head of the department decides."),
    )
    hired_on = Day(label=gettext_lazy("First day"))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.EMPLOYEE, label=gettext_lazy("Role"))
    vacation_days = forms.IntegerField(initial=28, label=gettext_lazy("Days of vacation a year"))
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    language = forms.ChoiceField(required=False, label=gettext_lazy("Language of letters"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, by: Principal, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        people = find_employees(by).order_by("name", "id").values_list("pk", "name")
        nobody: Choices = [("", pgettext_lazy("employee", "nobody"))]
        none: Choices = [("", gettext_lazy("none"))]
        usual: Choices = [("", gettext_lazy("as usual here"))]
        self._offer("department_id", none + list(departments_seen_by(by).values_list("pk", "name")))
        self._offer("manager_id", nobody + [row for row in people if row[0] != initial.get("id")])
        self._offer("timezone", [(zone, zone) for zone in _zones(initial.get("timezone"))])
        self._offer("language", usual + list(settings.LANGUAGES))

    def _offer(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_person(self) -> UUID | None:
        words = self.cleaned_data["person"].strip()
        if not words:
            return None
        person = Person.objects.filter(username=words).first()
        if person is None:
            raise forms.ValidationError(_("Nobody signs in with this name."))
        return person.pk

    def values(self) -> dict[str, Any]:
        """As the actions take them."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {name.removesuffix("_id"): value for name, value in said.items()}


def _zones(own: str | None) -> list[str]:
    """The zones of places, and the one that is chosen."""
    places = {zone for zone in timezones() if "/" in zone and not zone.startswith("Etc/")}
    return sorted(places | ({own} if own else set()))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def hire(request: HttpRequest) -> HttpResponse:
    by = hr_only(request)
    form = EmployeeForm(request.POST or None, by=by, initial=_usual(request))
    made = fill(form, lambda: actions.hire(by=by, **form.values()))
    if made is not None:
        return redirect("timeoff_pages:employee", id=made.pk)
    context = {**around(request), "form": form}
    return page(request, "timeoff/employee_form.html", context, status=422 if form.errors else 200)


def _usual(request: HttpRequest) -> dict[str, Any]:
    """With `?me=1` the form is filled with whoever looks."""
    usual: dict[str, Any] = {"hired_on": today_of(request), "timezone": settings.TIME_ZONE}
    if request.GET.get("me"):
        person = Person.objects.get(username=request.user.get_username())
        usual |= {"name": person.name, "person": person.username, "email": person.email}
    return usual


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponse:
    by = hr_only(request)
    one = employee_seen_by(by, id)
    form = EmployeeForm(request.POST or None, by=by, initial=_shown(one))
    change = actions.edit_employee
    done = fill(form, lambda: change(id, by=by, expected_version=form.cleaned_data["version"], **form.values()))
    if done is not None:
        return redirect("timeoff_pages:employee", id=id)
    context = {**around(request), "form": form, "one": one}
    return page(request, "timeoff/employee_form.html", context, status=422 if form.errors else 200)


def _shown(one: Employee) -> dict[str, Any]:
    names = ("id", "name", "email", "department_id", "manager_id", "hired_on", "role", "vacation_days", "timezone")
    found: dict[str, Any] = {name: getattr(one, name) for name in (*names, "language", "version")}
    person = Person.objects.filter(pk=one.person).first() if one.person else None
    return {**found, "person": person.username if person else ""}


class DismissForm(forms.Form):
    """The last day of work."""

    on = Day(label=gettext_lazy("Last day of work"))


class CorrectionForm(forms.Form):
    """Days that are added to a balance, or taken from it, and why."""

    days = forms.DecimalField(
        max_digits=6,
        decimal_places=2,
        label=gettext_lazy("Days"),
        help_text=gettext_lazy("Below 0 they are taken away."),
    )
    on = Day(label=gettext_lazy("As of"))
    because = forms.CharField(
        max_length=500, label=gettext_lazy("Reason, which stands in the derivation"), widget=forms.TextInput
    )


def small(
    request: HttpRequest,
    form: forms.Form,
    do: Callable[[], Any],
    *,
    title: str,
    label: str,
    back: str,
    **more: Any,
) -> HttpResponseBase:
    """The page of a form of a few fields; back to where it came from when it is done."""
    if fill(form, do) is not None:
        return redirect(more.get("done") or back)
    context = {"trail": (), **around(request), "form": form, "title": title, "label": label, "back": back, **more}
    return page(request, "timeoff/small_form.html", context, status=422 if form.errors else 200)


def of_employee(one: Employee) -> dict[str, Any]:
    """Where a form about an employee stands, and leads back to."""
    back = reverse("timeoff_pages:employee", args=[one.pk])
    return {"lead": one.name, "back": back, "trail": [(back, one.name)]}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dismiss(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    one = employee_seen_by(by, id)
    form = DismissForm(request.POST or None, initial={"on": today_of(request)})
    return small(
        request,
        form,
        lambda: actions.dismiss(id, by=by, on=form.cleaned_data["on"]),
        title=_("Dismiss"),
        label=_("Set the last day"),
        tone="danger",
        hint=_("What is left of the balance on this day is paid out, or held back; the ledger says so."),
        **of_employee(one),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def correct(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    one = employee_seen_by(by, id)
    form = CorrectionForm(request.POST or None, initial={"on": today_of(request)})
    return small(
        request,
        form,
        lambda: actions.correct_balance(id, by=by, **form.cleaned_data),
        title=_("Correct the balance"),
        label=_("Enter the correction"),
        wide=("because",),
        hint=_("Nothing is overwritten: the correction is a line of its own, with your name and reason."),
        **of_employee(one),
    )


class BroughtInForm(forms.Form):
    """The balance that somebody brings along."""

    days = forms.DecimalField(max_digits=6, decimal_places=2, label=gettext_lazy("Days"))
    on = Day(label=gettext_lazy("As of"))
    because = forms.CharField(
        required=False, max_length=500, label=gettext_lazy("Reason, which stands in the derivation")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def bring(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    one = employee_seen_by(by, id)
    form = BroughtInForm(request.POST or None, initial={"on": today_of(request)})
    return small(
        request,
        form,
        lambda: actions.open_balance(id, by=by, **form.cleaned_data),
        title=_("Bring in a balance"),
        label=_("Bring it in"),
        wide=("because",),
        hint=_("It is the balance at the end of this day; what accrued up to it is in that number."),
        **of_employee(one),
    )


@require_POST
@signed_in
def reinstate(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    attempt(request, lambda: actions.reinstate(id, by=by), done=_("The dismissal was taken back."))
    return redirect("timeoff_pages:employee", id=id)
