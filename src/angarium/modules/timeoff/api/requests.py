"""Requests over HTTP, what is done to them, and the calendar of absences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from angarium.engine.api.public import BareList, ListView, RowView, View, idempotent
from angarium.modules.timeoff import actions, queries
from angarium.modules.timeoff import models as rows
from angarium.modules.timeoff.calendar import Period
from angarium.modules.timeoff.errors import OutOfRange

from .asking import (
    AbsenceShape,
    CalendarFilter,
    DecisionBody,
    DraftBody,
    RequestBody,
    RequestFilter,
    RequestShape,
    RequestStepShape,
)

#: Days of one calendar at most.
LONGEST = 366


class Requests(ListView):
    """The requests that you may see."""

    shows, reads, filters, literal, paging = RequestShape, RequestBody, RequestFilter, True, BareList()

    def rows(self) -> QuerySet[rows.Request]:
        return queries.find_requests(self.principal, **self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        body = self.read()
        made = actions.create_request(by=self.principal, employee=body.pop("employee_id", None), **body)
        return self.answer(made, 201, location=reverse("timeoff_api:request", args=[made.pk]))


class OneRequest(RowView):
    """A request. Only a draft can be edited and deleted."""

    shows, reads, literal = RequestShape, DraftBody, True

    def current(self) -> rows.Request:
        return queries.request_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> rows.Request:
        return actions.edit_request(id, **words)

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_request(id, **words)


class Move(View):
    """A verb on a request, which answers with the request as it is then."""

    shows, literal, conditional = RequestShape, True, ("POST",)
    reads: ClassVar[Any] = DecisionBody
    answers_with: ClassVar = {"POST": 200}
    verb: ClassVar[Callable[..., rows.Request]]

    def current(self) -> rows.Request:
        return queries.request_seen_by(self.principal, self.kwargs["id"])

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(type(self).verb(id, by=self.principal, expected_version=self.if_match(), **self.read()))


class Submission(Move):
    """A draft is submitted, and reserves its days."""

    reads: ClassVar[Any] = {}

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.submit_request(id, by=self.principal, expected_version=self.if_match()))


class Approval(Move):
    """The request is granted; once."""

    verb = staticmethod(partial(actions.approve_request, once=True))


class Rejection(Move):
    """The request is refused; once."""

    verb = staticmethod(partial(actions.reject_request, once=True))


class Withdrawal(Move):
    """Whoever asked takes the request back before it is decided."""

    verb = staticmethod(actions.withdraw_request)


class Cancellation(Move):
    """What was granted is called off; its days are given back."""

    verb = staticmethod(actions.cancel_request)


class Steps(ListView):
    """Who did what with a request, the oldest first."""

    shows, literal, paging = RequestStepShape, True, BareList()

    def rows(self) -> QuerySet[rows.Approval]:
        self.query()
        return queries.request_seen_by(self.principal, self.kwargs["id"]).steps.all()


class Calendar(View):
    """Who is away on some of these days; of colleagues without why."""

    shows, filters, literal, lists = AbsenceShape, CalendarFilter, True, True

    def get(self, request: Request) -> HttpResponseBase:
        asked = self.query()
        if len(Period(asked["since"], asked["until"])) > LONGEST:
            raise OutOfRange(field="to", most=LONGEST)
        found = queries.absences_seen_by(self.principal, asked["since"], asked["until"])
        return Response(self.get_serializer(found, many=True).data)
