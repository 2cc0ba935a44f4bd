"""The timetable for operators: what runs when, what became of it, and running it now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from angarium.engine.console.page import attempt, page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import Operation, start
from angarium.engine.tasks.public import Timing, schedules, tasks
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Missing

from .rhythm import in_words

LATEST = 5


def operator(request: HttpRequest) -> Principal:
    """Who asks, if they may see how the instance works. Raises Forbidden."""
    principal = principal_of(request)
    if not principal.is_staff or not principal.may("operations:read"):
        raise Forbidden
    return principal


@signed_in
def timetable(request: HttpRequest) -> HttpResponse:
    operator(request)
    rows = [(one, in_words(one.every), latest(one)) for one in schedules()]
    template = "console/work/schedules_body.html" if partial(request) else "console/work/schedules.html"
    return page(request, template, {"rows": rows})


def latest(one: Timing) -> list[Operation]:
    """The newest operations of the task, newest first."""
    return list(Operation.objects.filter(kind=one.task).order_by("-id")[:LATEST])


@require_POST
@signed_in
def run_now(request: HttpRequest, task: str) -> HttpResponseBase:
    """Start the task once, beside its slots, in the name of whoever asks."""
    principal = operator(request)
    known = tasks().get(task)
    if known is None or known.every is None or not principal.may("operations:write"):
        raise Missing
    attempt(request, lambda: start(task, slot=now().isoformat()), done=_("Started; it appears below."))
    return redirect("console:schedules")
