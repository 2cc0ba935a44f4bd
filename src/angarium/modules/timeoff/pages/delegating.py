"""Deputies: who decides for whom meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Delegation, Employee
from angarium.modules.timeoff.queries import delegations_seen_by, find_employees
from angarium.modules.timeoff.rights import is_hr

from .entering import Day
from .viewer import around, today_of
from .wording import span_said

MOST = 100


class DelegationForm(forms.Form):
    """Somebody who stands in; `manager_id` only for those who may say so for others."""

    manager_id = forms.TypedChoiceField(coerce=int, label=gettext_lazy("Instead of"))
    deputy_id = forms.TypedChoiceField(coerce=int, label=gettext_lazy("Deputy"))
    start = Day(label=gettext_lazy("First day"))
    end = Day(label=pgettext_lazy("a day", "Last day"))

    def __init__(self, data: Any, *, by: Principal, me: Employee | None, today: date) -> None:
        initial = {"start": today, "end": today + timedelta(days=13), "manager_id": me.pk if me else None}
        super().__init__(data, initial=initial)
        people = list(find_employees(by, working_on=today).order_by("name", "id").values_list("pk", "name"))
        choices = [("", "—"), *people]
        self.fields["deputy_id"].choices = [row for row in choices if is_hr(by) or not me or row[0] != me.pk]  # type: ignore[attr-defined]
        if is_hr(by):
            self.fields["manager_id"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["manager_id"]

    def values(self) -> dict[str, Any]:
        """As the action takes them."""
        return {name.removesuffix("_id"): value for name, value in self.cleaned_data.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, today, context = principal_of(request), today_of(request), around(request)
    may = context["hr"] or (context["decides"] and context["me"] is not None)
    form = DelegationForm(request.POST or None, by=by, me=context["me"], today=today) if may else None
    if form and fill(form, lambda: actions.create_delegation(by=by, **form.values())) is not None:
        return redirect("timeoff_pages:delegations")
    found = delegations_seen_by(by).select_related("manager", "deputy").order_by("-end", "-id")[:MOST]
    context |= {"form": form, "rows": [_row(context, one, today) for one in found]}
    return page(request, "timeoff/delegations.html", context, status=422 if form and form.errors else 200)


def _row(viewer: dict[str, Any], one: Delegation, today: date) -> dict[str, Any]:
    mine = viewer["hr"] or (viewer["me"] is not None and viewer["me"].pk == one.manager_id)
    over = one.end < today
    state = "past" if over else "later" if one.start > today else "current"
    words = {"past": _("over"), "later": _("later"), "current": _("valid now")}
    span = span_said(one.start, one.end)
    return {"delegation": one, "span": span, "state": state, "state_label": words[state], "may_end": mine and not over}


@require_POST
@signed_in
def end(request: HttpRequest, id: int) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: actions.delete_delegation(id, by=by), done=_("The deputy does not decide any more."))
    return redirect("timeoff_pages:delegations")
