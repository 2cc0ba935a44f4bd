"""One run of a pipeline: its stages on one axis of time, what is stuck, going on with it, and ending it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.public import Axis, Piece, attempt, axis, brief, page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.clock import now
from angarium.modules.operations import actions, runs
from angarium.modules.operations.models import PipelineRun
from angarium.modules.operations.pipelines import Part, RunState, StageCourse

from .one import NO_MORE
from .picture import shades, stretch

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class StageLane:
    """A stage of the run, with all its operations drawn in one lane."""

    course: StageCourse
    number: int
    pieces: Sequence[Piece]


@signed_in
def run(request: HttpRequest, id: UUID) -> HttpResponse:
    principal = principal_of(request)
    row = runs.access_run(principal, id)
    course = runs.as_they_stand([row])[0].course
    scale, lanes = _drawn(row, course.stages, runs.parts_of([row.id]).get(row.id, []))
    context = {
        "run": row,
        "course": course,
        "open": course.state == RunState.RUNNING,
        "axis": scale,
        "lanes": lanes,
        "verbs": _verbs(principal, row, course.state),
        "shell": "console/part.html" if partial(request) else "console/shell.html",
    }
    ended = partial(request) and course.state != RunState.RUNNING
    return page(request, "operations/run.html", context, status=NO_MORE if ended else 200)


def _drawn(row: PipelineRun, stages: Sequence[StageCourse], parts: Sequence[Part]) -> tuple[Axis, list[StageLane]]:
    """Every span of every operation, in the lane of the stage that it was started for."""
    moment = now()
    spans = [span for part in parts for span in part.spans]
    start = min((span.started_at for span in spans), default=row.created_at)
    goes_on = any(span.ended_at is None for span in spans)
    end = moment if goes_on else max((span.ended_at for span in spans if span.ended_at), default=moment)
    scale = axis((end - start).total_seconds(), brief, goes_on=goes_on)
    lanes = []
    for number, course in enumerate(stages, start=1):
        own = [part for part in parts if part.stage == course.stage.name]
        shaded = [pair for part in own for pair in zip(part.spans, shades(part.spans, part.state), strict=True)]
        pieces = scale.draw(stretch(span, shade, start) for span, (shade, _after) in shaded)
        lanes.append(StageLane(course, number, pieces))
    return scale, lanes


def _verbs(principal: Principal, row: PipelineRun, state: RunState) -> list[str]:
    if not runs.may_steer_run(principal, row) or state == RunState.SUCCEEDED:
        return []
    return ["cancellation"] if state == RunState.RUNNING else ["resumption"]


VERBS: dict[str, tuple[Callable[..., object], _StrOrPromise]] = {
    "cancellation": (actions.cancel_run, gettext_lazy("The run was cancelled: nothing more of it is started.")),
    "resumption": (actions.resume_run, gettext_lazy("The run goes on from the stage at which it had ended.")),
}


@require_POST
@signed_in
def move(request: HttpRequest, id: UUID, verb: str) -> HttpResponseBase:
    """Carry out one of VERBS, for a reason if there is one, and show the run."""
    do, done = VERBS[verb]
    because = request.POST.get("because", "").replace("\x00", "").strip()[:500]
    attempt(request, lambda: do(id, by=principal_of(request), because=because), done=str(done))
    return redirect("operations_pages:run", id=id)
