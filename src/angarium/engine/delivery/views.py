"""Deliveries over HTTP: look, call back; whom not to write to."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import ListView, PagedList, View, idempotent
from angarium.kernel.errors import Forbidden

from .errors import NoSuppression, TooLate
from .models import Delivery, Suppression
from .seeing import access_delivery, deliveries_seen_by, found, may_cancel
from .sending import cancel
from .shapes import (
    DeliveryFilter,
    DeliveryShape,
    DeliveryWithTimeline,
    NewSuppression,
    SuppressionFilter,
    SuppressionShape,
)
from .suppression import suppress, suppressions, unsuppress


class Deliveries(ListView):
    """The deliveries that you may see, newest first."""

    scope = "deliveries"
    shows, filters, paging = DeliveryShape, DeliveryFilter, PagedList(newest_first=True)

    def rows(self) -> QuerySet[Delivery]:
        return found(deliveries_seen_by(self.principal), **self.query())


class OneDelivery(View):
    """One delivery with its timeline: why it arrived, or did not."""

    scope = "deliveries"
    shows = DeliveryWithTimeline

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(access_delivery(self.principal, id))


class Cancellation(View):
    """Call a waiting message back. 409 when a worker is sending it or it has ended."""

    scope = "deliveries"
    shows, reads = DeliveryShape, {}

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        delivery = access_delivery(self.principal, id)
        if not may_cancel(self.principal):
            raise Forbidden("Only staff may call a message back.")
        if not cancel(delivery.id, because=f"Called back by {self.principal}."):
            raise TooLate(state=delivery.state)
        return self.answer(access_delivery(self.principal, id))


class StaffOnly(View):
    """Who is written to is a matter of staff."""

    scope = "deliveries"

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if not self.principal.is_staff:
            raise Forbidden("Only staff may see whom the instance does not write to.")


class Suppressions(StaffOnly, ListView):
    """Addresses that are not written to, newest first."""

    shows, filters, paging = SuppressionShape, SuppressionFilter, PagedList(newest_first=True)
    reads: ClassVar = {"POST": NewSuppression}

    def rows(self) -> QuerySet[Suppression]:
        return suppressions(**self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        row = suppress(**self.read(), by=str(self.principal))
        return self.answer(row, 201, location=reverse("deliveries_api:suppression", args=[row.id]))


class OneSuppression(StaffOnly):
    """One address that is not written to; deleted, it is written to again."""

    shows = SuppressionShape

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(_suppression(id))

    def delete(self, request: Request, id: UUID) -> HttpResponseBase:
        row = _suppression(id)
        unsuppress(row.channel, row.address, str(self.principal), topic=row.topic)
        return HttpResponse(status=204)


def _suppression(id: UUID) -> Suppression:
    row = suppressions().filter(id=id).first()
    if row is None:
        raise NoSuppression
    return row
