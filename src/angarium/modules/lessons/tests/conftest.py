"""What most tests of lessons begin with: a student, a teacher, a lesson, and what the log says of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from angarium.engine.events.public import Event
from angarium.modules.lessons.models import Lesson, Student, Teacher

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
Told = Callable[[], list[str]]


def at(hours: int) -> dict[str, datetime]:
    """Another start than NOON's, so that one student and one teacher can have several lessons."""
    return {"starts_at": NOON + timedelta(hours=hours)}


@pytest.fixture
def student(db: None) -> Student:
    return Student.objects.create(name="Анна", email="anna@example.org", timezone="Europe/Moscow")


@pytest.fixture
def teacher(db: None) -> Teacher:
    return Teacher.objects.create(name="Елена", email="elena@example.org")


@pytest.fixture
def values(student: Student, teacher: Teacher) -> dict[str, Any]:
    """The columns of a lesson."""
    return {"title": "Алгебра", "student": student, "teacher": teacher, "starts_at": NOON, "timezone": "Europe/Moscow"}


@pytest.fixture
def lesson(values: dict[str, Any]) -> Lesson:
    """A planned lesson whose making is not in the log any more."""
    made = Lesson.objects.create(**values)
    Event.objects.all().delete()
    return made


@pytest.fixture
def told(db: None) -> Told:
    """The module's events in the log, in order, by the short names of their types (`created`)."""

    def names() -> list[str]:
        types = Event.objects.filter(type__startswith="lessons.").order_by("id").values_list("type", flat=True)
        return [name.removeprefix("lessons.lesson_").removesuffix(".v1") for name in types]

    return names
