"""The routes of lessons. Each reads a shape, calls one action and shows what became of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, RowView, Shape, View, idempotent
from angarium.modules.lessons import actions, queries
from angarium.modules.lessons.models import Lesson

from .shapes import CancellationShape, LessonFilter, LessonShape, ReschedulingShape


class Lessons(ListView):
    """The lessons that you may see, in the order in which they were entered."""

    shows, filters, literal, paging = LessonShape, LessonFilter, True, BareList()

    def rows(self) -> QuerySet[Lesson]:
        return queries.find_lessons(self.principal, **self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        lesson = actions.plan_lesson(by=self.principal, **self.read())
        return self.answer(lesson, 201, location=reverse("lessons_api:lesson", args=[lesson.id]))


class OneLesson(RowView):
    """A lesson. Another `starts_at` is a rescheduling; what is left out stays."""

    shows, literal = LessonShape, True

    def current(self) -> Lesson:
        return queries.lesson_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> Lesson:
        return actions.edit_lesson(id, **words)

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_lesson(id, **words)


class Verb(View):
    """A POST that moves one lesson; 409 with the allowed statuses where the move is not legal."""

    shows, literal, conditional = LessonShape, True, ("POST",)
    reads: ClassVar[type[Shape] | dict[str, type[Shape]]] = {}
    action: ClassVar[str] = ""

    def current(self) -> Lesson:
        return queries.lesson_seen_by(self.principal, self.kwargs["id"])

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        body = self.read(self.current()) if self.reads_for("POST") else {}
        act = getattr(actions, self.action)
        return self.answer(act(id, by=self.principal, expected_version=self.if_match(), **body))


class Confirmation(Verb):
    """The time is agreed on."""

    action = "confirm_lesson"


class Start(Verb):
    """The lesson begins."""

    action = "start_lesson"


class Completion(Verb):
    """The lesson was held; its student is told."""

    action = "complete_lesson"


class Reopening(Verb):
    """A completed lesson is taken up again."""

    action = "reopen_lesson"


class NoShow(Verb):
    """The student did not come."""

    action = "mark_no_show"


class Cancellation(Verb):
    """The lesson will not be held."""

    reads, action = CancellationShape, "cancel_lesson"


class Rescheduling(Verb):
    """The lesson gets another start, which nobody has confirmed yet."""

    reads, action = ReschedulingShape, "reschedule_lesson"
