"""Departments with their heads, for human resources."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, page, signed_in
from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.queries import department_seen_by, departments_seen_by, find_employees

from .staffing import hr_only, optional, small
from .viewer import around


class DepartmentForm(forms.Form):
    """A department; who heads it decides for its people."""

    name = forms.CharField(max_length=200, label=pgettext_lazy("department", "Name"))
    head_id = forms.TypedChoiceField(required=False, coerce=optional, empty_value=None, label=gettext_lazy("Head"))
    parent_id = forms.TypedChoiceField(required=False, coerce=optional, empty_value=None, label=gettext_lazy("Part of"))

    def __init__(self, data: Any, *, by: Principal, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        people = find_employees(by).order_by("name", "id").values_list("pk", "name")
        others = departments_seen_by(by).exclude(pk=initial.get("id") or 0).values_list("pk", "name")
        self.fields["head_id"].choices = [("", pgettext_lazy("employee", "nobody")), *people]  # type: ignore[attr-defined]
        self.fields["parent_id"].choices = [("", gettext_lazy("none")), *others]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """As the actions take them."""
        return {name.removesuffix("_id"): value for name, value in self.cleaned_data.items()}


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by = hr_only(request)
    rows = departments_seen_by(by).select_related("head", "parent").annotate(number=Count("employees")).order_by("name")
    return page(request, "timeoff/departments.html", {**around(request), "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponseBase:
    by = hr_only(request)
    form = DepartmentForm(request.POST or None, by=by, initial={})
    return small(
        request,
        form,
        lambda: actions.create_department(by=by, **form.values()),
        title=_("New department"),
        label=_("Enter"),
        **_around(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    one = department_seen_by(by, id)
    initial = {name: getattr(one, name) for name in ("id", "name", "head_id", "parent_id")}
    form = DepartmentForm(request.POST or None, by=by, initial=initial)
    return small(
        request,
        form,
        lambda: actions.edit_department(id, by=by, **form.values()),
        title=one.name,
        label=_("Save"),
        removal={
            "url": reverse("timeoff_pages:department_removal", args=[id]),
            "question": _("Remove this department?"),
            "said": _("It can be removed when nobody is in it."),
            "label": _("Remove"),
        },
        **_around(),
    )


def _around() -> dict[str, Any]:
    back = reverse("timeoff_pages:departments")
    return {"back": back, "trail": [(back, _("Departments"))], "wide": ("name",)}


@require_POST
@signed_in
def removal(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    attempt(request, lambda: actions.delete_department(id, by=by), done=_("Removed."))
    there = departments_seen_by(by).filter(pk=id).exists()
    return redirect("timeoff_pages:department", id=id) if there else redirect("timeoff_pages:departments")
