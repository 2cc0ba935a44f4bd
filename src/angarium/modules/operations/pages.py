"""The ledger for people: the list of operations, and one operation with its whole course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from angarium.engine.console.public import Phase, attempt, course, lasting, one_page, page, partial, signed_in
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import DeadLetter, Operation, State, Transition, kinds
from angarium.kernel.clock import now

from . import actions
from .queries import (
    access_operation,
    dead_letters_for,
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


class DeadLetterFilters(forms.Form):
    """What the dead letters are narrowed to; a cursor goes on after one."""

    kind = forms.CharField(required=False, max_length=200, label=gettext_lazy("Kind"))
    reason = forms.CharField(required=False, max_length=200, label=gettext_lazy("Reason contains"))
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)


@signed_in
def dead_letters(request: HttpRequest) -> HttpResponse:
    """What failed for good and waits for somebody, with the reason."""
    form = DeadLetterFilters(request.GET)
    valid, principal = form.is_valid(), principal_of(request)
    rows = DeadLetter.objects.none()
    if valid:
        wanted = form.cleaned_data
        rows = dead_letters_for(principal, kind=wanted["kind"], reason=wanted["reason"])
        if wanted["before"]:
            rows = rows.filter(operation_id__lt=wanted["before"])
    letters, pager = one_page(request, rows, size=PAGE, cursor="before")
    context = {
        "form": form,
        "letters": letters,
        **pager,
        "narrowed": any(request.GET.get(name) for name in ("kind", "reason")),
        "kinds": list(kinds()),
        "may_retry": principal.may("operations:write"),
    }
    return page(request, "operations/dead_letters.html", context, status=200 if valid else 400)


@require_POST
@signed_in
def retry_selected(request: HttpRequest) -> HttpResponseBase:
    """Retry the ticked ones, all or none, each as a new operation."""
    principal = principal_of(request)
    ids = _ticked(request)
    if not ids:
        messages.error(request, gettext("Tick at least one of them."))
        return redirect("operations_pages:dead_letters")
    done = ngettext("%(n)d is tried again.", "%(n)d are tried again.", len(ids)) % {"n": len(ids)}
    attempt(request, lambda: actions.retry_operations(ids, by=principal), done=done)
    return redirect("operations_pages:dead_letters")


def _ticked(request: HttpRequest) -> list[UUID]:
    try:
        return sorted({UUID(id) for id in request.POST.getlist("id")[:PAGE]})
    except ValueError:
        return []


app_name = "operations_pages"
urlpatterns = [
    path("", index, name="list"),
    path("dead-letters/", dead_letters, name="dead_letters"),
    path("dead-letters/retry/", retry_selected, name="retry_selected"),
    path("<uuid:id>/", show, name="show"),
    *[path(f"<uuid:id>/{verb}/", move, {"verb": verb}, name=verb) for verb in VERBS],
]
