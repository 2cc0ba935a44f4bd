"""The routes of messages and of the statistics about them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import BareList, ListView, PagedList, View
from angarium.modules.mailings import letters, queries, statistics
from angarium.modules.mailings.counting import counts_of
from angarium.modules.mailings.models import Message

from .shapes import DetailFilter, DetailShape, MessageFilter, MessageShape, StatFilter, StatShape


class Messages(ListView):
    """The messages there are, in the order in which they were planned."""

    shows, filters, literal, paging = MessageShape, MessageFilter, True, BareList()

    def rows(self) -> QuerySet[Message]:
        asked = self.query()
        return queries.messages_found(self.principal, **{_COLUMNS.get(name, name): asked[name] for name in asked})


_COLUMNS = {"status": "state"}


class OneMessage(View):
    """A message."""

    shows, literal = MessageShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.message_seen_by(self.principal, id))


class Stat(View):
    """For each mailing how many of its messages are in each state, also where that is none. A visit also has the
    numbers sent to STATS_EMAIL, at most once a minute."""

    shows, filters, literal, lists = StatShape, StatFilter, True, True

    def get(self, request: Request) -> HttpResponseBase:
        rows = queries.mailers_counted(self.principal, deleted=self.query()["deleted"])
        found = statistics.stats_of(rows)
        letters.write_visit(self.principal, found)
        return Response(StatShape(found, many=True).data)


class Detail(View):
    """The numbers of one mailing, and its messages: 100 of them unless `?limit=` says otherwise."""

    shows, filters, literal, pages = DetailShape, DetailFilter, True, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        mailer = queries.mailer_seen_by(self.principal, id)
        told = {
            **statistics.stat_of(mailer, counts_of([id])[id]),
            "reasons": statistics.whys_of(mailer),
            "minutes": statistics.minutes_of(mailer),
            "messages": [],
            "next": None,
        }
        rows = queries.messages_found(self.principal, mailer=id, state=self.query().get("status", ""))
        return _Pages(dict(DetailShape(told).data)).answer(
            request, rows, lambda some: list(MessageShape(some, many=True).data)
        )


class _Pages(PagedList):
    """A page of messages within what is told of their mailing."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__()
        self.told = told

    def body(self, results: list[Any], following: str | None) -> Any:
        return {**self.told, "messages": results, "next": following}
