"""What pipelines are declared as: reading, checking and writing the stages of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from angarium.engine.ledger.public import UnknownKind
from angarium.kernel.errors import Invalid

from .errors import NoPipeline, PipelineRests
from .models import Pipeline, PipelineStage, TaskType
from .pipelines import Stage

MOST_STAGES = 50


def access_pipeline(name: str) -> Pipeline:
    """NoPipeline when there is none."""
    pipeline = Pipeline.objects.filter(name=name).first()
    if pipeline is None:
        raise NoPipeline
    return pipeline


def declared(pipeline: Pipeline) -> list[Stage]:
    """The stages in their order, as they were declared."""
    rows = pipeline.stages.all()
    return [Stage(one.name, one.kind, one.expected_seconds) for one in sorted(rows, key=lambda one: one.ordinal)]


def begun_with(pipeline: Pipeline) -> list[Stage]:
    """The stages that a run would begin with now: how long one should take says its type of task, if nothing else
    does."""
    stages = declared(pipeline)
    kinds = {one.kind for one in stages if one.expected_seconds is None}
    usual = dict(TaskType.objects.filter(name__in=kinds).values_list("name", "expected_seconds")) if kinds else {}
    return [
        one if one.expected_seconds is not None else Stage(one.name, one.kind, usual.get(one.kind)) for one in stages
    ]


def startable(name: str) -> list[Stage]:
    """The same for a run that is about to be started. NoPipeline, PipelineRests, or UnknownKind for the first stage
    that nobody would work on."""
    pipeline = access_pipeline(name)
    stages = begun_with(pipeline)
    if not pipeline.is_active or not stages:
        raise PipelineRests
    _refuse_unknown(stages, field=None)
    return stages


def checked(stages: Sequence[Mapping[str, Any]]) -> list[Stage]:
    """The stages that somebody declares. Invalid or UnknownKind, naming the field."""
    wanted = [Stage.load(one) for one in stages]
    if not 1 <= len(wanted) <= MOST_STAGES:
        raise Invalid(f"A pipeline has from 1 to {MOST_STAGES} stages.", field="stages")
    for place, one in enumerate(wanted):
        if one.name in {before.name for before in wanted[:place]}:
            raise Invalid("Two stages cannot have one name.", field=f"stages.{place}.name")
    _refuse_unknown(wanted, field="stages.{}.kind")
    return wanted


def _refuse_unknown(stages: Sequence[Stage], *, field: str | None) -> None:
    kinds = {one.kind for one in stages}
    active = set(TaskType.objects.filter(name__in=kinds, is_active=True).values_list("name", flat=True))
    for place, one in enumerate(stages):
        if one.kind not in active:
            says = f"There is no active type of task called {one.kind}."
            raise UnknownKind(says, field=field and field.format(place))


def declare(pipeline: Pipeline, stages: Sequence[Stage]) -> None:
    """Write these stages of a pipeline that has none. ValidationError for a name that does not fit."""
    rows = [
        PipelineStage(
            pipeline=pipeline, ordinal=place, name=one.name, kind=one.kind, expected_seconds=one.expected_seconds
        )
        for place, one in enumerate(stages, start=1)
    ]
    for row in rows:
        row.clean_fields()
    PipelineStage.objects.bulk_create(rows)
