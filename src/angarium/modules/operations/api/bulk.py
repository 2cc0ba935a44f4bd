"""Cancelling and retrying whatever a filter finds: a preview of the number, or an operation that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import idempotent
from angarium.engine.ledger.public import Operation
from angarium.modules.operations import actions
from angarium.modules.operations.bulk import Filter, Verb

from .bulk_shapes import BulkCount, BulkRequest
from .views import ShowsOperations


class Bulk(ShowsOperations):
    """202 with the operation that does it: it shows how far it is, and whoever cancels it stops it."""

    reads = BulkRequest
    answers_with: ClassVar[dict[str, int]] = {"POST": 202}
    answers_also: ClassVar[dict[str, dict[int, type[Any]]]] = {"POST": {200: BulkCount}}

    def begin(self, verb: Verb, act: Callable[..., Operation]) -> HttpResponseBase:
        asked = self.read()
        filter = Filter(**asked["filter"])
        if asked.get("preview"):
            return Response(BulkCount({"count": actions.count_meant(verb, filter, by=self.principal)}).data)
        begun = act(filter, by=self.principal, because=asked.get("because", ""))
        return self.answer(begun, 202, location=reverse("operations_api:operation", args=[begun.id]))


class CancelMany(Bulk):
    """End whatever is open and fits; with `preview` 200 and the number of them."""

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        return self.begin("cancel", actions.cancel_meant)


class RetryMany(Bulk):
    """Retry whatever has ended, fits and was not retried, without a `state` what failed; with `preview` 200 and the
    number of them."""

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        return self.begin("retry", actions.retry_meant)
