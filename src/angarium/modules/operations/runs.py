"""Runs of pipelines as they are stored: which of them one may see, where they stand, and how one stage follows another.

A page of runs costs three queries, however many operations they have.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation, State, Transition, Work, cancel_many, is_known, start_many
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

from .errors import KeyTaken, NoRun
from .models import PipelineRun
from .pipelines import Course, Part, RunState, Stage, course_of
from .queries import may_read_operations, reads_all
from .timeline import Move, spans_of

_log = get_logger(__name__)
#: What of a history makes its spans: the ledger's own moves, and what ended or put off an attempt.
_MOVES = Q(seq=0) | ~Q(state__in=["", State.RUNNING])


@dataclass(frozen=True, slots=True)
class RunNow:
    """A run, and where it stands."""

    row: PipelineRun
    course: Course


class _LastStage(Func):
    """The name of the last stage in a run's list of them."""

    template, output_field = "(%(expressions)s -> -1 ->> 'name')", TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="JSON_EXTRACT(%(expressions)s, '$[#-1].name')", **context)


def runs_for(principal: Principal) -> QuerySet[PipelineRun]:
    """All for staff and services, else those one has started."""
    rows = PipelineRun.objects.filter(Exists(Operation.objects.filter(parent=OuterRef("pk"))))
    if reads_all(principal):
        return rows
    mine = may_read_operations(principal) and principal.id is not None
    return rows.filter(actor=principal.id) if mine else rows.none()


def access_run(principal: Principal, id: UUID) -> PipelineRun:
    """The run, if this principal may see it. NoRun otherwise."""
    run = runs_for(principal).filter(id=id).first()
    if run is None:
        raise NoRun
    return run


def run_for_update(principal: Principal, id: UUID) -> PipelineRun:
    """The same, locked: two who resume or cancel it take turns. Stages end and follow one another without it."""
    access_run(principal, id)
    return PipelineRun.objects.select_for_update(no_key=True).get(id=id)


def run_with(principal: Principal, key: str, input: dict[str, Any]) -> PipelineRun:
    """The run that was started with this key. KeyTaken when that had another input or was somebody else's."""
    run = runs_for(principal).filter(key=key).first()
    if run is None or run.input != input:
        raise KeyTaken("Another run of this pipeline was started with this key.", field="key")
    return run


def may_steer_run(principal: Principal, run: PipelineRun) -> bool:
    """May this principal resume or cancel it? Staff every one, others their own."""
    return principal.may("operations:write") and (principal.is_staff or run.actor == principal.id)


def found(principal: Principal, *, pipeline: str = "", state: str = "") -> QuerySet[PipelineRun]:
    """Those of this pipeline that stand so."""
    rows = runs_for(principal)
    if pipeline:
        rows = rows.filter(pipeline=pipeline)
    return rows.filter(_stands(RunState(state))) if state else rows


def _stands(state: RunState) -> Q:
    """What `pipelines` says of a run's state, asked of the database."""
    parts = Operation.objects.filter(parent=OuterRef("pk"))
    newest = parts.filter(~Exists(Operation.objects.filter(retry_of=OuterRef("pk"))))
    running = Q(Exists(parts.filter(due__isnull=False)))
    failed = Q(Exists(newest.filter(state=State.FAILED)))
    cancelled = ~failed & Q(Exists(newest.filter(state=State.CANCELLED)))
    done = newest.annotate(of=_LastStage(OuterRef("stages"))).filter(state=State.SUCCEEDED, **_begun_as(F("of")))
    succeeded = ~failed & ~cancelled & Q(Exists(done))
    match state:
        case RunState.RUNNING:
            return running
        case RunState.SUCCEEDED:
            return ~running & succeeded
        case RunState.CANCELLED:
            return ~running & cancelled
        case RunState.FAILED:
            return ~running & ~cancelled & ~succeeded


def _begun_as(stage: Any) -> dict[str, Any]:
    """Operations that were started for this stage: reports may say another one since."""
    return {"transitions__epoch": 0, "transitions__seq": 0, "transitions__stage": stage}


def as_they_stand(rows: Sequence[PipelineRun]) -> list[RunNow]:
    """These runs with where they stand."""
    parts, moment = parts_of([row.id for row in rows]), now()
    return [RunNow(row, course_of(stages_of(row), parts.get(row.id, ()), moment)) for row in rows]


def stages_of(run: PipelineRun) -> list[Stage]:
    return [Stage.load(one) for one in run.stages]


def parts_of(runs: Collection[UUID]) -> dict[UUID, list[Part]]:
    """The operations of these runs, each with its course."""
    moment = now()
    heads = Operation.objects.filter(parent__in=runs)
    moves, stages = _moves(heads)
    parts: dict[UUID, list[Part]] = {}
    for id, run, state, retry_of, ready_at in heads.values_list("id", "parent", "state", "retry_of", "due__since"):
        spans = spans_of(moves.get(id, ()), moment)
        if run is not None:
            parts.setdefault(run, []).append(Part(id, stages.get(id, ""), state, spans, retry_of, ready_at))
    return parts


def _moves(heads: QuerySet[Operation]) -> tuple[dict[UUID, list[Move]], dict[UUID, str]]:
    """The moves of these operations, and the stages that they were started for."""
    moves: dict[UUID, list[Move]] = {}
    stages: dict[UUID, str] = {}
    rows = Transition.objects.filter(_MOVES, operation__in=heads, verdict=Transition.Verdict.APPLIED)
    lines = rows.order_by("epoch", "seq").values_list("operation", "epoch", "seq", "state", "stage", "worker", "at")
    for id, epoch, seq, state, stage, worker, at in lines:
        moves.setdefault(id, []).append(Move(seq, state, "", worker, at))
        if (epoch, seq) == (0, 0):
            stages[id] = stage
    return moves, stages


def start_first(run: PipelineRun) -> None:
    """Start its first stage."""
    start_many([_work(run, 0, None)])


def start_where_it_stands(run: PipelineRun, course: Course) -> None:
    """Start the stage that could not be started when the one before it had succeeded. UnknownKind when it still
    cannot."""
    place = next(number for number, one in enumerate(course.stages) if one is course.stage)
    before = [one.operation for one in course.stages[:place] if one.operation]
    outputs = Operation.objects.filter(id__in=before[-1:]).values_list("output", flat=True)
    _start([_work(run, place, outputs.first())])


def start_next_stages(ended: Sequence[UUID]) -> None:
    """The ledger's sink: what of these has succeeded is followed by its next stage, in the same transaction.

    A stage whose kind is gone is not started, and the end of the one before is not held up by that. A stage that was
    done is not followed a second time when somebody retries it by itself.
    """
    rows = Operation.objects.filter(id__in=ended, state=State.SUCCEEDED)
    done = [(id, run, output) for id, run, output in rows.values_list("id", "parent", "output") if run]
    runs = PipelineRun.objects.in_bulk([run for _, run, _ in done])
    if not runs:
        return
    lines = Transition.objects.filter(operation__in=[id for id, _, _ in done], epoch=0, seq=0)
    stages = dict(lines.values_list("operation", "stage"))
    followed = [(runs[run], stages.get(id, ""), output) for id, run, output in done if run in runs]
    works = [_work(run, place, output) for run, stage, output in followed if (place := _after(run, stage))]
    known = {kind for kind in {work.kind for work in works} if is_known(kind)}
    for work in works:
        if work.kind not in known:
            _log.warning("pipelines.no_such_kind", run=str(work.parent), stage=work.stage, kind=work.kind)
    _start([work for work in works if work.kind in known])


def _after(run: PipelineRun, stage: str) -> int:
    """The place after this stage; 0 when there is none."""
    names = [one.name for one in stages_of(run)]
    place = names.index(stage) + 1 if stage in names else 0
    return place if place < len(names) else 0


def _work(run: PipelineRun, place: int, previous: Any) -> Work:
    stage = stages_of(run)[place]
    return Work(
        kind=stage.kind,
        input={"run": str(run.id), "input": run.input, "previous": previous},
        key=f"run:{run.id}:{place}",
        actor=run.actor,
        parent=run.id,
        stage=stage.name,
    )


def _start(works: Sequence[Work]) -> None:
    if not works:
        return
    try:
        with transaction.atomic():
            start_many(works)
    except IntegrityError:  # somebody has started one of them in this very moment, and now it is seen
        start_many(works)


def cancel_parts(run: PipelineRun, by: Principal, because: str) -> bool:
    """Cancel what is open of it; was there anything? What ends in this very moment is followed by another one."""
    rows = Operation.objects.filter(parent=run.id, due__isnull=False)
    cancelled = False
    while parts := list(rows.values_list("id", flat=True)):
        cancelled = bool(cancel_many(parts, by, because=because)) or cancelled
    return cancelled


def forget_runs(before: datetime, *, batch: int = 500) -> int:
    """Delete runs from before then of whose operations none is left; returns how many went."""
    left = Exists(Operation.objects.filter(parent=OuterRef("pk")))
    gone = 0
    while ids := list(PipelineRun.objects.filter(~left, created_at__lt=before).values_list("id", flat=True)[:batch]):
        gone += PipelineRun.objects.filter(id__in=ids).delete()[0]
    return gone
