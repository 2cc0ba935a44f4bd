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
        asked = {name: value for name, value in self.query().items() if value}
        return queries.clients_seen_by(self.principal).filter(**asked)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        client = actions.add_client(by=self.principal, **self.read())
        return self.answer(client, 201, location=reverse("mailings_api:client", args=[client.id]))


class OneClient(View):
    """A client. Another phone brings its operator code with it. One that is deleted is written to no more; what was
    sent stays in the statistics."""

    shows, literal = ClientShape, True

    def current(self) -> Client:
        return queries.client_seen_by(self.principal, self.kwargs["id"])

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(self.current())

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=False)

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=True)

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_client(id, by=self.principal)
        return HttpResponse(status=204)

    def _edit(self, id: int, *, partial: bool) -> HttpResponseBase:
        changes = self.read(self.current(), partial=partial)
        return self.answer(actions.edit_client(id, by=self.principal, **changes))


class OptOut(View):
    """PUT: the client is not to be written to any more. DELETE: it is again, from the next mailing on."""

    shows, reads, literal = ClientShape, {}, True

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.opt_out(id, by=self.principal))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.opt_in(id, by=self.principal)
        return HttpResponse(status=204)
