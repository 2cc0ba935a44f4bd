"""A live server in this process, on a port of its own, and people who may hear this or that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from angarium.engine.api.public import module_of
from angarium.engine.identity.public import Person, create_token
from angarium.engine.live import connection as connections
from angarium.engine.live.public import live_application
from angarium.engine.live.tests.client import Listener
from angarium.engine.live.tests.serving import hang_up, nothing, relay
from angarium.modules.lessons.models import Lesson, Student, Teacher
from tests.servers import asgi


@pytest.fixture
def port(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where live connections are served."""
    monkeypatch.setattr(connections.turnstile, "_left", type(connections.turnstile._left)())
    relay()
    with asgi.served(live_application(nothing, module_of=module_of)) as number:
        yield number
    hang_up()


@pytest.fixture
def person(transactional_db: None) -> Callable[..., tuple[Person, str]]:
    """Makes somebody with a token, which may do everything that the person may."""

    def make(name: str = "ann", role: str = "staff") -> tuple[Person, str]:
        made = Person.objects.create_user(name, role=role)
        return made, create_token(f"of {name}", ["*"], person=made)[1]

    return make


@pytest.fixture
def token(person: Callable[..., tuple[Person, str]]) -> str:
    """Of somebody who may hear everything."""
    return person()[1]


@pytest.fixture
def listen(port: int) -> Iterator[Callable[..., Listener]]:
    """Connects, and hangs up in the end."""
    made: list[Listener] = []

    def connect(**words: Any) -> Listener:
        made.append(Listener(port, **words))
        return made[-1]

    yield connect
    for one in made:
        one.close()


@pytest.fixture
def lesson(transactional_db: None) -> Callable[..., Lesson]:
    """Enters a lesson, and has the relay see it."""
    hours = iter(range(10, 10_000))

    def enter(student: UUID | None = None, **values: Any) -> Lesson:
        anna, _ = Student.objects.get_or_create(name=f"Анна {student}", email=f"{student}@example.org", person=student)
        oleg, _ = Teacher.objects.get_or_create(name="Олег", email="oleg@example.org")
        hour = next(hours)
        starts_at = f"2030-{1 + hour // 600:02}-{1 + hour // 24 % 25:02}T{hour % 24:02}:00:00Z"
        given = {"title": "Алгебра", "timezone": "UTC", "duration_minutes": 30, "starts_at": starts_at, **values}
        made = Lesson.objects.create(student=anna, teacher=oleg, **given)
        relay()
        return made

    return enter
