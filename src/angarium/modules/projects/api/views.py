"""The twelve routes of projects, tasks and comments. Each reads a shape, calls one action and shows the result."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, CachedList, ListView, RowView, idempotent
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


class OneProject(RowView):
    """A project. Deleted, it takes its tasks and their comments along."""

    shows, literal = ProjectShape, True

    def current(self) -> Project:
        return queries.project_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> Project:
        return actions.edit_project(id, **words)

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_project(id, **words)


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


class OneTask(RowView):
    """A task. What is left out of a body stays; PUT asks for what a task cannot be without."""

    shows, literal = ProjectTaskShape, True

    def current(self) -> Task:
        return queries.task_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> Task:
        return actions.edit_task(id, **_named(words))

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_task(id, **words)


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
