"""Departments, employees and who stands in for whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget

from angarium.engine.identity.public import Language, principal_of, timezones
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Delegation, Department, Employee
from angarium.modules.timeoff.queries import find_employees

from .acting import AccountField, Acted, ByActions


class DepartmentForm(Acted):
    class Meta:
        model = Department
        fields = ("name", "head", "parent")

    def act(self, given: dict[str, Any]) -> Model:
        if self.instance.pk:
            return actions.edit_department(self.instance.pk, by=self.by, **given)
        return actions.create_department(by=self.by, **given)


@admin.register(Department)
class DepartmentAdmin(ByActions):
    form = DepartmentForm
    list_display = ("name", "head", "parent")
    list_select_related = ("head", "parent")
    search_fields = ("name",)
    autocomplete_fields = ("head", "parent")
    readonly_fields = ("audit",)
    fields = ("name", "head", "parent", "audit")
    remove = staticmethod(actions.delete_department)


class EmployeeForm(Acted):
    """The last day of work is a verb of its own, carried out after the rest."""

    person = AccountField(label=_("person"), help_text=_("The name of an account."), max_length=150, required=False)
    timezone = forms.ChoiceField(label=_("time zone"), widget=UnfoldAdminSelectWidget, initial="Europe/Moscow")
    language = forms.ChoiceField(label=_("language"), widget=UnfoldAdminSelectWidget, required=False)
    dismissed_on = forms.DateField(label=_("last day"), widget=UnfoldAdminDateWidget, required=False)

    class Meta:
        model = Employee
        fields = (
            *("name", "email", "person", "department", "manager", "role", "hired_on", "timezone", "language"),
            *("vacation_days", "dismissed_on"),
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = {"timezone": [(name, name) for name in sorted(timezones())], "language": Language.choices}
        for name, those in choices.items():
            self.fields[name].choices = those if name == "timezone" else [("", "–"), *those]  # type: ignore[attr-defined]

    def act(self, given: dict[str, Any]) -> Model:
        leaves = "dismissed_on" in given
        last = given.pop("dismissed_on", None)
        if self.instance.pk:
            made = actions.edit_employee(self.instance.pk, **self.seen(), **given)
        else:
            made = actions.hire(by=self.by, **given)
        if leaves and last != made.dismissed_on:
            verb: Any = actions.dismiss if last else actions.reinstate
            made = verb(made.pk, by=self.by, **({"on": last} if last else {}))
        return made


@admin.register(Employee)
class EmployeeAdmin(ByActions):
    form = EmployeeForm
    list_display = ("name", "department", "manager", "role", "hired_on", "dismissed_on")
    list_filter = ("role", "department")
    list_select_related = ("department", "manager")
    search_fields = ("name",)
    autocomplete_fields = ("department", "manager")
    readonly_fields = ("version", "audit")
    fields = (*EmployeeForm.Meta.fields, "version", "audit", "seen_version")
    remove = staticmethod(actions.delete_employee)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Employee], search_term: str
    ) -> tuple[QuerySet[Employee], bool]:
        found = find_employees(principal_of(request), q=search_term)
        return queryset.filter(pk__in=found.values("pk")), False


class DelegationForm(Acted):
    class Meta:
        model = Delegation
        fields = ("manager", "deputy", "start", "end")

    def act(self, given: dict[str, Any]) -> Model:
        return actions.create_delegation(by=self.by, **given)


@admin.register(Delegation)
class DelegationAdmin(ByActions):
    """One is made and ended, not changed."""

    form = DelegationForm
    list_display = ("manager", "deputy", "start", "end")
    list_select_related = ("manager", "deputy")
    search_fields = ("manager__name", "deputy__name")
    autocomplete_fields = ("manager", "deputy")
    readonly_fields = ("created_at", "audit")
    fields = ("manager", "deputy", "start", "end", "created_at", "audit")
    remove = staticmethod(actions.delete_delegation)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
