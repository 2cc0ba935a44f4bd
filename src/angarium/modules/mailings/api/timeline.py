"""The routes of "why did she not get it": the story of one message, and all messages of one client."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from angarium.engine.api.public import BareList, Integer, ListView, Moment, Shape, View
from angarium.modules.mailings import queries
from angarium.modules.mailings.models import Message
from angarium.modules.mailings.timeline import steps_of

from .shapes import MessageShape


class StepShape(Shape):
    """One thing that happened. `at` is null where nobody knows when; `until` is what it then waited for, `answer` the
    sender's own, `detail` the filter or the fields that were changed."""

    what = serializers.CharField(read_only=True)
    at = Moment(read_only=True, allow_null=True)
    reason = serializers.CharField(read_only=True)
    attempt = Integer(read_only=True)
    answer = serializers.CharField(read_only=True)
    seconds = serializers.FloatField(read_only=True, allow_null=True)
    until = Moment(read_only=True, allow_null=True)
    detail = serializers.ListField(child=serializers.CharField(), read_only=True)


class ToldShape(Shape):
    """A message, to whom it goes, and its story; the last step is where it is."""

    message = MessageShape(read_only=True)
    phone = serializers.CharField(read_only=True)
    timezone = serializers.CharField(read_only=True)
    steps = StepShape(many=True, read_only=True)


class Timeline(View):
    """Why somebody did not get it, or when they did."""

    shows, literal = ToldShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        message = queries.message_seen_by(self.principal, id)
        client = message.client
        told = {"message": message, "phone": client.masked, "timezone": client.timezone}
        return self.answer({**told, "steps": steps_of(queries.facts_of(message))})


class OfClient(ListView):
    """All messages to one client, over all mailings; also when the client was deleted."""

    shows, literal, paging = MessageShape, True, BareList()

    def rows(self) -> QuerySet[Message]:
        return queries.messages_to(self.principal, self.kwargs["id"])
