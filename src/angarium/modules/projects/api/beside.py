"""What a task has beside its row: its place on the board, and whose it is. And who may see a project."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, View, idempotent
from angarium.modules.projects import actions, queries
from angarium.modules.projects.models import Member, Task

from .shapes import AssignmentShape, MemberShape, PlaceShape, ProjectTaskShape


class OfTask(View):
    """A resource of one task, which answers with the task."""

    answers, conditional = {"POST": ProjectTaskShape, "PUT": ProjectTaskShape}, ("POST", "PUT")

    def current(self) -> Task:
        return queries.task_seen_by(self.principal, self.kwargs["id"])


class Place(OfTask):
    """The card goes to a place in a column."""

    reads = PlaceShape

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        self.current()
        version = self.if_match()
        return self.answer(actions.place_task(id, by=self.principal, expected_version=version, **self.read()))


class Assignment(OfTask):
    """The task is given to somebody, or to nobody."""

    reads = AssignmentShape

    def put(self, request: Request, id: int) -> HttpResponseBase:
        self.current()
        version = self.if_match()
        return self.answer(actions.assign_task(id, by=self.principal, expected_version=version, **self.read()))


class Members(ListView):
    """Who may see the project."""

    shows, paging = MemberShape, BareList()

    def rows(self) -> QuerySet[Member]:
        self.query()
        return queries.project_seen_by(self.principal, self.kwargs["id"]).members.all()

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(actions.set_member(id, by=self.principal, **self.read()))


class OneMember(View):
    """Somebody sees the project no more."""

    def delete(self, request: Request, id: int, person: UUID) -> HttpResponseBase:
        actions.remove_member(id, by=self.principal, person=person)
        return HttpResponse(status=204)
