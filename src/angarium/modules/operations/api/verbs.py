"""What changes one operation: cancel, pause, resume, retry; each with If-Match and a reason, if one likes."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import idempotent, if_match_pair
from angarium.engine.ledger.public import Operation
from angarium.modules.operations import actions, queries

from .shapes import Because
from .views import ShowsOperations


class Verb(ShowsOperations):
    """A POST that changes one operation."""

    reads, conditional = Because, ("POST",)

    def current(self) -> Operation:
        return queries.access_operation(self.principal, self.kwargs["id"])

    def terms(self) -> dict[str, Any]:
        return {"by": self.principal, "expected": if_match_pair(self.request), **self.read()}


class Cancel(Verb):
    """End an open operation. Whoever works on it is refused from then on."""

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.cancel_operation(id, **self.terms()))


class Pause(Verb):
    """Take an open operation out of the running."""

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.pause_operation(id, **self.terms()))


class Resume(Verb):
    """Let a paused operation run again."""

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(actions.resume_operation(id, **self.terms()))


class Retry(Verb):
    """Start the work of an ended operation again, as a new one linked to it. Asked twice it is the same new one."""

    answers_with: ClassVar[dict[str, int]] = {"POST": 201}

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        new = actions.retry_operation(id, **self.terms())
        return self.answer(new, 201, location=reverse("operations_api:operation", args=[new.id]))
