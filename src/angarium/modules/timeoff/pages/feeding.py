"""Calendar feeds: their addresses, to be given to a calendar, made and ended. Reached as `timeoff_pages:feeds` (GET is
the page, POST makes one) and `timeoff_pages:feed_end` (POST); the addresses are shown to nobody but their person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.feeds import address_of
from angarium.modules.timeoff.models import Feed
from angarium.modules.timeoff.queries import feeds_of, teams_of

from .viewer import around


class FeedForm(forms.Form):
    """Whose absences; empty for one's own."""

    department = forms.TypedChoiceField(
        coerce=int, required=False, empty_value=None, label=gettext_lazy("Whose absences")
    )

    def __init__(self, data: Any, *, by: Principal, has_own: bool) -> None:
        super().__init__(data)
        own = [("", _("My own"))] if has_own else []
        self.fields["department"].choices = [*own, *teams_of(by).values_list("pk", "name")]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, context = principal_of(request), around(request)
    form = FeedForm(request.POST or None, by=by, has_own=context["me"] is not None)
    if fill(form, lambda: actions.make_feed(by=by, department=form.cleaned_data["department"])) is not None:
        return redirect("timeoff_pages:feeds")
    context |= {"form": form, "rows": [_row(request, one) for one in feeds_of(by)]}
    answer = page(request, "timeoff/feeds.html", context, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _row(request: HttpRequest, feed: Feed) -> dict[str, Any]:
    whose = feed.department.name if feed.department else _("My own")
    return {"feed": feed, "whose": whose, "address": address_of(feed.pk, request)}


@require_POST
@signed_in
def end(request: HttpRequest, id: UUID) -> HttpResponseBase:
    by = principal_of(request)
    attempt(request, lambda: actions.end_feed(id, by=by), done=_("The address opens nothing any more."))
    return redirect("timeoff_pages:feeds")
