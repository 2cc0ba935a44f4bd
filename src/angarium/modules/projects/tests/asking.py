"""Django test cases that ask the module's literal routes as a client on its own host does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.test import Client, TestCase

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person
from angarium.engine.identity.testing import make_person, make_token
from angarium.modules.projects.models import Project, Task

Body = dict[str, Any]
HOST = "projects.localhost"
NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
TASK_KEYS = {"id", "project", "title", "description", "status", "created_at", "updated_at", "due_date"}
PROJECT_KEYS = {"id", "name", "description", "created_at", "updated_at"}
COMMENT_KEYS = {"id", "task", "author", "content", "created_at"}


class Api:
    """Calls with a method, a path, a body, and headers by their names with underscores."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        kind = headers.pop("content_type", "application/json")
        send = {} if body is None else {"data": data, "content_type": kind}
        named = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, path, headers=named, **send)  # type: ignore[arg-type]


def somebody(username: str = "", **fields: Any) -> Person:
    """A person without a password: making the hash of one takes longer than a test."""
    return make_person(username, password=None, **fields)


def with_token(secret: str) -> Api:
    return Api(Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False))


def body_of(answer: HttpResponse) -> bytes:
    """The whole answer, streamed or not."""
    return b"".join(answer) if answer.streaming else answer.content


def shown(answer: HttpResponse) -> Any:
    assert answer.status_code < 300, body_of(answer)
    return json.loads(body_of(answer))


def refused(answer: Any, status: int, code: str = "", field: str | None = None) -> Body:
    """The problem of a refusal."""
    problem: Body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), problem
    assert problem["detail"].endswith((".", "?")), problem
    assert code in ("", problem["code"]), problem
    assert field in (None, problem["field"]), problem
    return problem


class Asking(TestCase):
    """A service with every scope asks; there is a project with a task, and the log is empty."""

    secret: ClassVar[str]
    project: ClassVar[Project]
    task: ClassVar[Task]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.secret = make_token()
        cls.project = Project.objects.create(name="Сайт")
        cls.task = Task.objects.create(project=cls.project, title="Макет", due_date=NOON)
        Event.objects.all().delete()

    def setUp(self) -> None:
        self.api = with_token(self.secret)

    def told(self) -> list[str]:
        """What the log has, in order, by the short names of the types (`task_created`)."""
        types = Event.objects.order_by("id").values_list("type", flat=True)
        return [name.partition(".")[2].removesuffix(".v1") for name in types]

    def refuse(self, answer: Any, status: int, code: str = "", field: str | None = None) -> Body:
        """A refusal of which nothing is left in the log."""
        problem = refused(answer, status, code, field)
        assert self.told() == []
        return problem
