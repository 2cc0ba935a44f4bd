"""Angarium's live part as a fleet runs it: `angarium relay`, `angarium live`, and somebody who commits events."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import django
from effect import happen
from live_frame import LESSON, TIMEZONE, title
from pace import at_pace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from angarium.contracts.lessons import LessonStartingSoon  # noqa: E402
from angarium.engine.events.public import publish  # noqa: E402
from angarium.engine.identity.public import Person, create_token  # noqa: E402


def seed() -> None:
    """An empty database; the token that may hear everything goes to BENCH_TOKEN."""
    call_command("migrate", verbosity=0)
    person = Person.objects.create_user("ann", role="staff")
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(create_token("bench", ["*"], person=person)[1])


def fact(number: int) -> LessonStartingSoon:
    return LessonStartingSoon(
        lesson_id=LESSON,
        student_id=7,
        teacher_id=3,
        title=title(number),
        starts_at=datetime(2030, 1, 1, 10, tzinfo=UTC),
        timezone=TIMEZONE,
        duration_minutes=60,
    )


def commit(number: int) -> None:
    with transaction.atomic():
        transaction.on_commit(lambda: happen(number, "BENCH_COMMITS"))
        publish(fact(number))


def main(command: str, *numbers: str) -> None:
    if command == "seed":
        seed()
    elif command == "pace":
        first = int(numbers[0])
        at_pace(lambda number: commit(first + number), float(numbers[1]), float(numbers[2]))
    else:
        call_command(command)


main(*sys.argv[1:])
