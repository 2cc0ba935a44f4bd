"""The routes of students and teachers."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, View, idempotent
from angarium.modules.lessons import actions, queries
from angarium.modules.lessons.models import Student, Teacher

from .shapes import StudentShape, TeacherShape


class Students(ListView):
    """The students that you may see."""

    shows, literal, paging = StudentShape, True, BareList()

    def rows(self) -> QuerySet[Student]:
        self.query()
        return queries.students_seen_by(self.principal)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        student = actions.add_student(by=self.principal, **self.read())
        return self.answer(student, 201, location=reverse("lessons_api:student", args=[student.id]))


class OneStudent(View):
    """A student. One with lessons is not deleted: 409."""

    shows, literal = StudentShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.student_seen_by(self.principal, id))

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_student(id, by=self.principal, **self.read()))

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_student(id, by=self.principal, **self.read(partial=True)))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_student(id, by=self.principal)
        return HttpResponse(status=204)


class Teachers(ListView):
    """The teachers that you may see."""

    shows, literal, paging = TeacherShape, True, BareList()

    def rows(self) -> QuerySet[Teacher]:
        self.query()
        return queries.teachers_seen_by(self.principal)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        teacher = actions.add_teacher(by=self.principal, **self.read())
        return self.answer(teacher, 201, location=reverse("lessons_api:teacher", args=[teacher.id]))


class OneTeacher(View):
    """A teacher. One with lessons is not deleted: 409."""

    shows, literal = TeacherShape, True

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(queries.teacher_seen_by(self.principal, id))

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_teacher(id, by=self.principal, **self.read()))

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.edit_teacher(id, by=self.principal, **self.read(partial=True)))

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_teacher(id, by=self.principal)
        return HttpResponse(status=204)
