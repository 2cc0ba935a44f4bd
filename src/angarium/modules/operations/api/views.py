"""The general routes: create, list, look at one and at its course."""

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
from angarium.engine.ledger.public import Operation
from angarium.kernel.clock import now
from angarium.modules.operations import actions, queries, timeline

from .shapes import NewOperation, OperationFilter, OperationShape, OperationWithHistory, Patience, TimelineShape


class ShowsOperations(View):
    """A view of operations: with each one comes when it will probably be done."""

    shows = OperationShape

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        if args:
            rows: Sequence[Operation] = args[0] if options.get("many") else [args[0]]
            options["context"] = {**self.get_serializer_context(), "expected": queries.expectations_of(rows)}
        return super().get_serializer(*args, **options)


class Operations(ShowsOperations, ListView):
    """The operations that you may see, newest first; new ones for services to work on."""

    filters, paging = OperationFilter, PagedList(newest_first=True)
    reads: ClassVar[dict[str, type[Any]]] = {"POST": NewOperation}
    answers: ClassVar[dict[str, type[Any]]] = {"POST": OperationWithHistory}

    def rows(self) -> QuerySet[Operation]:
        return queries.filtered(queries.operations_for(self.principal), **self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        new = actions.create_operation(by=self.principal, **self.read())
        return self.answer(new, 201, location=reverse("operations_api:operation", args=[new.id]))


class OneOperation(ShowsOperations):
    """One operation with its transitions. The ETag is its (epoch, seq)."""

    shows, filters = OperationWithHistory, Patience

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        self.query()
        return self.answer(queries.access_operation(self.principal, id))


class Timeline(View):
    """How long the operation waited and ran, by attempt, stage and worker."""

    shows = TimelineShape

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        operation = queries.access_operation(self.principal, id)
        spans = timeline.spans_of(queries.course_of(operation), now())
        sums = {phase: timeline.total(spans, phase) for phase in ("waiting", "running", "paused")}
        stages, workers = (timeline.shares(spans, by) for by in ("stage", "worker"))
        shown = {"operation": operation.id, "spans": spans, **sums, "stages": stages, "workers": workers}
        return Response(TimelineShape(shown).data)
