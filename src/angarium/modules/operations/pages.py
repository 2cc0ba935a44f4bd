"""The ledger for people: the list of operations, and one operation with its whole course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.public import Phase, attempt, course, lasting, one_page, page, partial, signed_in
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import Operation, State, Transition, kinds
from angarium.kernel.clock import now

from . import actions
from .queries import (
    access_operation,
    filtered,
    may_steer,
    moves_of,
    operations_for,
    retries_of,
    siblings_of,
    transitions_of,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PAGE, LINES, PHASES = 25, 100, 500
STATES = [("", gettext_lazy("any")), ("open", gettext_lazy("open")), *State.choices]


class Filters(forms.Form):
    """What the list is narrowed to; a cursor goes on after an operation."""

    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Kind or identifier"))
    state = forms.ChoiceField(required=False, choices=STATES, label=gettext_lazy("State"))
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def apply(self, rows: QuerySet[Operation]) -> QuerySet[Operation]:
        wanted = self.cleaned_data
        if wanted.get("q"):
            rows = _named(rows, wanted["q"])
        if wanted.get("state") == "open":
            rows = rows.filter(due__isnull=False)
        else:
            rows = filtered(rows, state=wanted.get("state", ""))
        if wanted.get("before"):
            rows = rows.filter(id__lt=wanted["before"])
        return rows.order_by("-id")


def _named(rows: QuerySet[Operation], words: str) -> QuerySet[Operation]:
    try:
        return rows.filter(Q(id=UUID(words)) | Q(event_id=UUID(words)))
    except ValueError:
        return filtered(rows, kind=words) if words in kinds() else rows.filter(kind__istartswith=words)


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    form = Filters(request.GET)
    valid = form.is_valid()
    rows = form.apply(operations_for(principal_of(request))) if valid else Operation.objects.none()
    operations, pager = one_page(request, rows, size=PAGE, cursor="before")
    context = {
        "form": form,
        "operations": operations,
        **pager,
        "narrowed": any(request.GET.get(name) for name in ("q", "state")),
        "kinds": list(kinds()),
        "here": request.get_full_path(),
    }
    return page(request, _template(request, "list"), context, status=200 if valid else 400)


@signed_in
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    principal = principal_of(request)
    operation = access_operation(principal, id)
    history = transitions_of(operation)
    context = {
        "operation": operation,
        "event": Event.objects.filter(uid=operation.event_id).first() if operation.event_id else None,
        "siblings": siblings_of(operation, principal)[:20],
        "retries": retries_of(operation),
        "verbs": _verbs(principal, operation),
        "transitions": history[:LINES][::-1],
        "hidden": max(0, history.count() - LINES),
        "plots": _plots(operation, list(moves_of(operation)[:PHASES])[::-1]),
        "open": operation.is_open,
    }
    return page(request, _template(request, "show"), context)


def _template(request: HttpRequest, name: str) -> str:
    return f"operations/{name}_body.html" if partial(request) else f"operations/{name}.html"


def _plots(operation: Operation, moves: list[Transition]) -> list[Any]:
    end = operation.finished_at or now()
    phases = _phases(operation.created_at, end, moves)
    whole = max((end - operation.created_at).total_seconds(), 0.0)
    return [
        course(phases, operation.state, [lasting(whole * at / steps) for at in range(steps + 1)], width=width)
        for width, steps in ((860, 4), (340, 2))
    ]


def _phases(start: datetime, end: datetime, moves: list[Transition]) -> list[Phase]:
    """The states it was in, each from its transition to the next one, in seconds since it was accepted."""
    phases = []
    for (at, state), (until, _next) in pairwise([*((line.at, line.state) for line in moves), (end, "")]):
        begun, ended = ((moment - start).total_seconds() for moment in (at, max(at, until)))
        title = f"{State(state).label}: {lasting(ended - begun)}"
        phases.append(Phase(state, max(0.0, begun), max(0.0, ended), title))
    return [one for one in phases if one.state not in ENDS]


ENDS = frozenset({"succeeded", "failed", "cancelled"})


def _verbs(principal: Principal, operation: Operation) -> set[str]:
    """What this principal may do with it as it stands now."""
    if not may_steer(principal, operation) or operation.state == State.SUCCEEDED:
        return set()
    if not operation.is_open:
        return {"retry"}
    return {"cancellation", "resumption" if operation.state == State.PAUSED else "pause"}


#: What a button asks for: the verb, and what is said when it is done.
VERBS: dict[str, tuple[Callable[..., Operation], _StrOrPromise]] = {
    "cancellation": (actions.cancel_operation, gettext_lazy("The operation was cancelled.")),
    "pause": (actions.pause_operation, gettext_lazy("The operation is paused until somebody resumes it.")),
    "resumption": (actions.resume_operation, gettext_lazy("The operation goes on.")),
    "retry": (actions.retry_operation, gettext_lazy("This is the new operation; the old one keeps its history.")),
}


@require_POST
@signed_in
def move(request: HttpRequest, id: UUID, verb: str) -> HttpResponseBase:
    """Carry out one of VERBS and show the operation, after a retry the new one."""
    principal = principal_of(request)
    access_operation(principal, id)
    do, done = VERBS[verb]
    answer = attempt(request, lambda: do(id, by=principal), done=str(done))
    return redirect("operations_pages:show", id=answer.id if answer is not None else id)


app_name = "operations_pages"
urlpatterns = [
    path("", index, name="list"),
    path("<uuid:id>/", show, name="show"),
    *[path(f"<uuid:id>/{verb}/", move, {"verb": verb}, name=verb) for verb in VERBS],
]
