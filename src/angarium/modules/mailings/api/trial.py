"""The route of a test: one message of a mailing's text to a number of one's own."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request

from angarium.engine.api.public import Moment, Shape, View, idempotent
from angarium.modules.mailings import actions

from .shapes import Phone


class TrialBody(Shape):
    """Where to."""

    phone = Phone()


class TrialShape(Shape):
    """The message on its way, of which delivery tells under `/api/deliveries/{id}/`. It is none of the mailing's."""

    id = serializers.UUIDField(read_only=True)
    channel = serializers.CharField(read_only=True)
    status = serializers.CharField(source="state", read_only=True)
    created_at = Moment(read_only=True)


class Trial(View):
    """Send the text of a mailing to this number, as the client who has it would read it; it is not counted among the
    mailing's messages."""

    shows, reads, literal = TrialShape, TrialBody, True
    answers_with = {"POST": 202}

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.send_test(id, by=self.principal, **self.read()), 202)
