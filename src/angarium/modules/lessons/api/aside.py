"""What can be read beside a lesson: its reminders, and its entry for a calendar."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, View
from angarium.modules.lessons import letters, queries
from angarium.modules.lessons.models import Reminder

from .shapes import ReminderShape


class Reminders(ListView):
    """The reminders of a lesson that you may see, those that were not sent with the reason."""

    shows, paging = ReminderShape, BareList()

    def rows(self) -> QuerySet[Reminder]:
        self.query()
        return queries.lesson_seen_by(self.principal, self.kwargs["id"]).reminders.order_by("id")


class CalendarEntry(View):
    """The lesson for your calendar, in iCalendar (RFC 5545)."""

    @extend_schema(responses={(200, "text/calendar"): OpenApiTypes.STR})
    def get(self, request: Request, id: int) -> HttpResponseBase:
        lesson = queries.lesson_seen_by(self.principal, id)
        answer = HttpResponse(letters.published(lesson), content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="lesson-{lesson.pk}.ics"'
        return answer
