"""The routes of clients."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, View, idempotent
from angarium.modules.mailings import actions, queries
from angarium.modules.mailings.models import Client

from .shapes import ClientFilter, ClientShape


class Clients(ListView):
    """The clients there are."""

    shows, filters, literal, paging = ClientShape, ClientFilter, True, BareList()

    def rows(self) -> QuerySet[Client]:
        return queries.clients_seen_by(self.principal).filter(**self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        client = actions.add_client(by=self.principal, **self.read())
        return self.answer(client, 201, location=reverse("mailings_api:client", args=[client.id]))


class OneClient(View):
    """A client. Another phone brings its operator code with it. One that is deleted is written to no more; what was
    sent stays in the statistics."""

    shows, literal = ClientShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.client_seen_by(self.principal, id))

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_client(id, by=self.principal, **self.read()))

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_client(id, by=self.principal, **self.read(partial=True)))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_client(id, by=self.principal)
        return HttpResponse(status=204)


class OptOut(View):
    """PUT: the client is not to be written to any more. DELETE: it is again, from the next mailing on."""

    shows, reads, literal = ClientShape, {}, True

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.opt_out(id, by=self.principal))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.opt_in(id, by=self.principal)
        return HttpResponse(status=204)
