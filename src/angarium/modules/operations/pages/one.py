"""One operation with its whole course, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.public import attempt, page, partial, signed_in
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import Due, Operation, State
from angarium.kernel.clock import now
from angarium.modules.operations import actions, runs, timeline
from angarium.modules.operations.queries import (
    access_operation,
    course_of,
    may_steer,
    retries_of,
    siblings_of,
    transitions_of,
)

from .listing import rows_of
from .picture import bars_of, picture

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LINES, RELATED = 100, 20
#: The status by which htmx stops asking (https://htmx.org/docs/#polling).
NO_MORE = 286


@signed_in
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    principal = principal_of(request)
    operation = access_operation(principal, id)
    history = transitions_of(operation)
    context = {
        "operation": operation,
        "due": Due.objects.filter(operation=operation).first(),
        "verbs": _verbs(principal, operation),
        "transitions": history[:LINES][::-1],
        "hidden": max(0, history.count() - LINES),
        "open": operation.is_open,
        "shell": "console/part.html" if partial(request) else "console/shell.html",
        **_course(operation),
        **_related(operation, principal),
    }
    status = NO_MORE if partial(request) and not operation.is_open else 200
    return page(request, "operations/show.html", context, status=status)


def _course(operation: Operation) -> dict[str, Any]:
    """Its spans, drawn and summed up."""
    moment, row = now(), rows_of([operation])[0]
    spans = timeline.spans_of(course_of(operation), moment)
    expected = row.eta.at if row.eta else None
    return {
        "row": row,
        "spans": spans,
        "picture": picture(spans, operation.state, operation.finished_at or moment, expected=expected),
        "sums": {phase: timeline.total(spans, phase) for phase in ("waiting", "running")},
        "shares": [(by, bars) for by in ("stage", "worker") if len(bars := bars_of(timeline.shares(spans, by))) > 1],
    }


def _related(operation: Operation, principal: Principal) -> dict[str, Any]:
    run = runs.runs_for(principal).filter(id=operation.parent).first() if operation.parent else None
    return {
        "event": Event.objects.filter(uid=operation.event_id).first() if operation.event_id else None,
        "siblings": siblings_of(operation, principal)[:RELATED],
        "retries": retries_of(operation)[:RELATED],
        "run": run,
    }


def _verbs(principal: Principal, operation: Operation) -> list[str]:
    """What this principal may do with it as it stands now."""
    if not may_steer(principal, operation) or operation.state == State.SUCCEEDED:
        return []
    if not operation.is_open:
        return ["retry"]
    return ["resumption" if operation.state == State.PAUSED else "pause", "cancellation"]


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
    """Carry out one of VERBS, for a reason if there is one, and show the operation, after a retry the new one."""
    principal = principal_of(request)
    access_operation(principal, id)
    do, done = VERBS[verb]
    because = request.POST.get("because", "").replace("\x00", "").strip()[:500]
    answer = attempt(request, lambda: do(id, by=principal, because=because), done=str(done))
    return redirect("operations_pages:show", id=answer.id if answer is not None else id)
