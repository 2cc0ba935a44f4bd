"""The literal pair: a task is created with a name and a time, and shows one of four statuses."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, View, idempotent
from angarium.modules.operations import actions, queries
from angarium.modules.operations.models import Task

from .task_shapes import NewTask, TaskId, TaskShape, shown


class Tasks(ListView):
    """The tasks in the order in which they were created, as a bare list; whole unless `limit` or `cursor` say less."""

    shows, literal, paging = TaskShape, True, BareList()
    reads: ClassVar[dict[str, type[Any]]] = {"POST": NewTask}
    answers: ClassVar[dict[str, type[Any]]] = {"POST": TaskId}

    def rows(self) -> QuerySet[Task]:
        return queries.tasks_for(self.principal)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.paging.answer(request, self.rows(), shown)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        task = actions.create_task(by=self.principal, **self.read())
        return self.answer(task, 201, location=reverse("operations_api:task", args=[task.id]))


class OneTask(View):
    """One task."""

    shows, literal = TaskShape, True

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(queries.access_task(self.principal, id))
