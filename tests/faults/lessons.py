"""Writers of lessons, the product's own work, whose students must be told once."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

from angarium.contracts.lessons import LessonCreated
from tests.faults.history import record

#: Lessons at different hours, so that nobody has to be in two places.
HOURS = 500_000


def start_of(name: str) -> datetime:
    return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=zlib.crc32(name.encode()) % HOURS)


def write(name: str) -> None:
    """Enter a lesson."""
    from angarium.modules.lessons.models import Lesson

    record("asked", write=name, type=LessonCreated.type, events=1)
    Lesson.objects.create(title=name, student_id=7, teacher_id=3, starts_at=start_of(name))
    record("answered", write=name, status=201)
