"""The routes of pipelines: what they are declared as, where their work waits, and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import ListView, PagedList, View, idempotent
from angarium.modules.operations import actions, backlog, runs
from angarium.modules.operations.definitions import access_pipeline
from angarium.modules.operations.models import Pipeline, PipelineRun

from .pipeline_shapes import BacklogShape, NewPipeline, NewRun, PipelineShape, RunFilter, RunShape, RunWithInput, Stages
from .shapes import Because


class Pipelines(ListView):
    """All pipelines, in the order in which they were declared."""

    shows = PipelineShape
    reads: ClassVar[dict[str, type[Any]]] = {"POST": NewPipeline}

    def rows(self) -> QuerySet[Pipeline]:
        self.query()
        return Pipeline.objects.prefetch_related("stages")

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        pipeline = actions.define_pipeline(by=self.principal, **self.read())
        return self.answer(pipeline, 201, location=reverse("operations_api:pipeline", args=[pipeline.name]))


class OnePipeline(View):
    """One pipeline. PUT gives it other stages; runs keep those that they began with."""

    shows = PipelineShape
    reads: ClassVar[dict[str, type[Any]]] = {"PUT": Stages}

    def get(self, request: Request, name: str) -> HttpResponseBase:
        return self.answer(access_pipeline(name))

    def put(self, request: Request, name: str) -> HttpResponseBase:
        return self.answer(actions.redefine_pipeline(name, by=self.principal, **self.read()))


class Backlog(View):
    """Where the work of a pipeline waits now, stage by stage."""

    shows = BacklogShape

    def get(self, request: Request, name: str) -> HttpResponseBase:
        found = backlog.backlog_of(access_pipeline(name), self.principal)
        return Response(BacklogShape({"pipeline": name, "stages": found}).data)


class ShowsRuns(View):
    """A view of runs: each is shown with where it stands, a page of them for the price of one."""

    shows: ClassVar[type[Any]] = RunWithInput

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        if args:
            many = bool(options.get("many"))
            rows: Sequence[PipelineRun] = args[0] if many else [args[0]]
            shown = runs.as_they_stand(rows)
            args = (shown if many else shown[0], *args[1:])
        return super().get_serializer(*args, **options)


class StartRun(ShowsRuns):
    """Start a run: its first stage is queued, and each next one when the one before has succeeded."""

    reads, answers_with = NewRun, {"POST": 201}

    @idempotent
    def post(self, request: Request, name: str) -> HttpResponseBase:
        run = actions.start_run(name, by=self.principal, **self.read())
        return self.answer(run, 201, location=reverse("operations_api:run", args=[run.id]))


class Runs(ShowsRuns, ListView):
    """The runs that you may see, newest first."""

    shows: ClassVar[type[Any]] = RunShape
    filters, paging = RunFilter, PagedList(newest_first=True)

    def rows(self) -> QuerySet[PipelineRun]:
        return runs.found(self.principal, **self.query())


class OneRun(ShowsRuns):
    """One run."""

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(runs.access_run(self.principal, id))


class ResumeRun(ShowsRuns):
    """Go on with a run from the stage at which it failed or was cancelled."""

    reads = Because

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.resume_run(id, by=self.principal, **self.read()))


class CancelRun(ShowsRuns):
    """Cancel what is open of a run: no further stage is started."""

    reads = Because

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.cancel_run(id, by=self.principal, **self.read()))
