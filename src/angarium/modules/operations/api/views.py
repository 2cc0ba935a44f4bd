"""The ledger's routes: look, cancel, pause, resume, retry."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import ListView, PagedList, View, idempotent
from angarium.engine.ledger.public import Operation
from angarium.modules.operations import actions, queries

from .shapes import OperationFilter, OperationShape, OperationWithHistory


class Operations(ListView):
    """The operations that you may see, newest first."""

    shows, filters, paging = OperationShape, OperationFilter, PagedList(newest_first=True)

    def rows(self) -> QuerySet[Operation]:
        return queries.filtered(queries.operations_for(self.principal), **self.query())


class OneOperation(View):
    """One operation with its transitions."""

    shows = OperationWithHistory

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(queries.access_operation(self.principal, id))


class Verb(View):
    """A POST without a body that changes one operation."""

    shows, reads = OperationShape, {}


class Cancel(Verb):
    """End an open operation. Whoever works on it is refused from then on."""

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.cancel_operation(id, by=self.principal))


class Pause(Verb):
    """Take an open operation out of the running."""

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.pause_operation(id, by=self.principal))


class Resume(Verb):
    """Let a paused operation run again."""

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.resume_operation(id, by=self.principal))


class Retry(Verb):
    """Start the work of an ended operation again, as a new one linked to it. Asked twice it is the same new one."""

    answers_with: ClassVar[dict[str, int]] = {"POST": 201}

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        new = actions.retry_operation(id, by=self.principal)
        return self.answer(new, 201, location=reverse("operations_api:operation", args=[new.id]))
