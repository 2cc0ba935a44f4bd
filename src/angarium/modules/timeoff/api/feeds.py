"""Calendar feeds over HTTP: made and ended with a token or a session, fetched with nothing but their address.

The address is told to its person alone, and not kept with Idempotency-Key's answers; log lines leave its key out.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, Moment, Shape, View
from angarium.modules.timeoff import actions, queries
from angarium.modules.timeoff.feeds import address_of, digest
from angarium.modules.timeoff.models import Feed

from .shapes import key


class FeedBody(Shape):
    """Whose absences: a department's, without one one's own."""

    department_id = key(required=False, allow_null=True)


class FeedShape(FeedBody):
    """A calendar feed. Whoever knows its `url` can fetch it, until it is ended."""

    id = serializers.UUIDField(read_only=True)
    created_at = Moment(read_only=True)
    fetched_at = Moment(read_only=True)
    url = serializers.SerializerMethodField()

    def get_url(self, feed: Feed) -> str:
        return address_of(feed.pk, self.context["request"])


class Feeds(ListView):
    """Your calendar feeds. Each POST makes another address."""

    shows, reads, literal, paging = FeedShape, FeedBody, True, BareList()

    def rows(self) -> QuerySet[Feed]:
        self.query()
        return queries.feeds_of(self.principal)

    def post(self, request: Request) -> HttpResponseBase:
        made = actions.make_feed(by=self.principal, department=self.read().get("department_id"))
        return _unkept(self.answer(made, 201, location=reverse("timeoff_api:feed", args=[made.pk])))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _unkept(super().get(request, *args, **kwargs))


class OneFeed(View):
    """A calendar feed of yours. Deleted, its address opens nothing any more."""

    shows, literal = FeedShape, True

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return _unkept(self.answer(queries.feed_of(self.principal, id)))

    def delete(self, request: Request, id: UUID) -> HttpResponseBase:
        actions.end_feed(id, by=self.principal)
        return HttpResponse(status=204)


class Fetched(View):
    """The calendar itself, in iCalendar (RFC 5545), for whoever has the address; 304 when If-None-Match still holds."""

    shows, literal = Shape, True
    authentication_classes, permission_classes = (), ()

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.STR}, auth=[])
    def get(self, request: Request, key: str) -> HttpResponseBase:
        feed = queries.feed_opened_by(key)
        text = queries.text_of(feed)
        actions.note_fetch(feed)
        tag = f'"{digest(text)}"'
        if tag in [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]:
            answer = HttpResponse(status=304)
        else:
            answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
            answer["Content-Disposition"] = 'inline; filename="time-off.ics"'
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache"
        answer["Referrer-Policy"] = "no-referrer"
        return answer


def _unkept(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = "no-store"
    return answer
