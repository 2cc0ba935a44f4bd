"""Where the work of a pipeline waits now: per stage what waits, runs and is stuck, and how long it took of late.

Three queries, however many runs there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation, State, Transition
from angarium.kernel.clock import now

from .definitions import begun_with
from .models import Pipeline, PipelineRun
from .pipelines import Stage, limit_of
from .progress import quantile
from .runs import runs_for

#: Of how many operations of all its stages durations are remembered.
REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Backlog:
    """One stage. The quantiles are seconds from the first claim to success; None where nothing has succeeded."""

    stage: Stage
    waiting: int = 0
    running: int = 0
    paused: int = 0
    stuck: int = 0
    p50_seconds: float | None = None
    p90_seconds: float | None = None


def backlog_of(pipeline: Pipeline, principal: Principal) -> list[Backlog]:
    """The stages as they are declared now, with what the runs that this principal may see have in them."""
    stages = begun_with(pipeline)
    runs = runs_for(principal).filter(pipeline=pipeline.name)
    open_now, took = _open_now(runs, stages), _took(runs)
    return [_backlog(stage, open_now.get(stage.name, {}), sorted(took.get(stage.name, ()))) for stage in stages]


def _open_now(runs: QuerySet[PipelineRun], stages: Sequence[Stage]) -> dict[str, dict[str, int]]:
    begun = Transition.objects.filter(epoch=0, seq=0, operation__parent__in=runs, operation__due__isnull=False)
    claimed, paused = Q(operation__due__claimed=True), Q(operation__due__due_at__isnull=True)
    rows = begun.values("stage").annotate(
        waiting=Count("id", filter=~claimed & ~paused),
        running=Count("id", filter=claimed),
        paused=Count("id", filter=paused),
        stuck=Count("id", filter=_stuck(stages, now())),
    )
    return {row["stage"]: {name: row[name] for name in ("waiting", "running", "paused", "stuck")} for row in rows}


def _stuck(stages: Sequence[Stage], moment: datetime) -> Q:
    """What `pipelines` calls stuck, asked of the database, by what is expected now."""
    limits = {stage.name: limit for stage in stages if (limit := limit_of(stage.expected_seconds)) is not None}
    return reduce(or_, (_over(name, moment - timedelta(seconds=limit)) for name, limit in limits.items()), Q(pk__in=[]))


def _over(stage: str, since: datetime) -> Q:
    claim = Transition.objects.filter(operation=OuterRef("operation"), seq=0, epoch=OuterRef("operation__epoch"))
    waits = Q(operation__due__claimed=False, operation__due__due_at__isnull=False, operation__due__since__lt=since)
    runs = Q(Exists(claim.filter(at__lt=since)), operation__due__claimed=True)
    return Q(stage=stage) & (waits | runs)


def _took(runs: QuerySet[PipelineRun]) -> dict[str, list[float]]:
    newest = Operation.objects.filter(parent__in=runs, started_at__isnull=False).order_by("-id").values("id")
    lines = Transition.objects.filter(epoch=0, seq=0, operation__in=newest[:REMEMBERED])
    ended = lines.filter(operation__state=State.SUCCEEDED)
    took: dict[str, list[float]] = {}
    for stage, begun, end in ended.values_list("stage", "operation__started_at", "operation__finished_at"):
        if begun and end:
            took.setdefault(stage, []).append((end - begun).total_seconds())
    return took


def _backlog(stage: Stage, counted: Mapping[str, int], seconds: Sequence[float]) -> Backlog:
    usual, late = (quantile(seconds, share) if seconds else None for share in (0.5, 0.9))
    return Backlog(stage=stage, p50_seconds=usual, p90_seconds=late, **counted)
