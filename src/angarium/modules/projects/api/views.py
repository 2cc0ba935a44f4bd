"""The twelve routes of projects, tasks and comments. Each reads a shape, calls one action and shows the result."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, CachedList, ListView, View, idempotent
from angarium.engine.caches.public import Scope
from angarium.modules.projects import actions, caching, queries
from angarium.modules.projects.models import Comment, Project, Task

from .shapes import CommentShape, ProjectFilter, ProjectShape, ProjectTaskShape, TaskFilter


class Projects(CachedList):
    """The projects that you may see, in the order in which they were entered."""

    shows, filters, literal, paging = ProjectShape, ProjectFilter, True, BareList()

    def depends_on(self) -> Scope | None:
        return caching.scope_of_projects(self.principal)

    def rows(self) -> QuerySet[Project]:
        return queries.find_projects(self.principal, **self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        project = actions.create_project(by=self.principal, **self.read())
        return self.answer(project, 201, location=reverse("projects_api:project", args=[project.id]))


class OneProject(View):
    """A project. Deleted, it takes its tasks and their comments along."""

    shows, literal, conditional = ProjectShape, True, ("PUT", "PATCH", "DELETE")

    def current(self) -> Project:
        return queries.project_seen_by(self.principal, self.kwargs["id"])

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(self.current())

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=False)

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=True)

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_project(id, by=self.principal, expected_version=self.if_match())
        return HttpResponse(status=204)

    def _edit(self, id: int, *, partial: bool) -> HttpResponseBase:
        changes = self.read(self.current(), partial=partial)
        return self.answer(actions.edit_project(id, by=self.principal, expected_version=self.if_match(), **changes))


class Tasks(CachedList):
    """The tasks that you may see, in the order in which they were entered."""

    shows, filters, literal, paging = ProjectTaskShape, TaskFilter, True, BareList()

    def depends_on(self) -> Scope | None:
        return caching.scope_of_tasks(self.principal, self.request.query_params.get("project"))

    def rows(self) -> QuerySet[Task]:
        return queries.find_tasks(self.principal, **self.query())

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        task = actions.create_task(by=self.principal, **_named(self.read()))
        return self.answer(task, 201, location=reverse("projects_api:task", args=[task.id]))


class OneTask(View):
    """A task. What is left out of a body stays; PUT asks for what a task cannot be without."""

    shows, literal, conditional = ProjectTaskShape, True, ("PUT", "PATCH", "DELETE")

    def current(self) -> Task:
        return queries.task_seen_by(self.principal, self.kwargs["id"])

    def get(self, request: Request, id: int) -> HttpResponseBase:
        return self.answer(self.current())

    def put(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=False)

    def patch(self, request: Request, id: int) -> HttpResponseBase:
        return self._edit(id, partial=True)

    def delete(self, request: Request, id: int) -> HttpResponseBase:
        actions.delete_task(id, by=self.principal, expected_version=self.if_match())
        return HttpResponse(status=204)

    def _edit(self, id: int, *, partial: bool) -> HttpResponseBase:
        changes = _named(self.read(self.current(), partial=partial))
        return self.answer(actions.edit_task(id, by=self.principal, expected_version=self.if_match(), **changes))


class Comments(ListView):
    """What was said about a task, the oldest first."""

    shows, literal, paging = CommentShape, True, BareList()

    def rows(self) -> QuerySet[Comment]:
        self.query()
        return queries.comments_seen_by(self.principal, self.kwargs["id"])

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        queries.task_seen_by(self.principal, id)
        return self.answer(actions.add_comment(id, by=self.principal, **self.read()), 201)


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """The column of the foreign key has another name than the field of the body."""
    return {"project" if name == "project_id" else name: value for name, value in body.items()}
