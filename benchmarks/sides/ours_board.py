"""Angarium's live part as a fleet runs it, and somebody who changes the tasks of a board that fifty people look at."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import django
from effect import happen
from pace import at_pace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from angarium.engine.identity.public import SYSTEM, Person, create_token  # noqa: E402
from angarium.modules.projects import actions  # noqa: E402
from angarium.modules.projects.models import Member, Project, Task  # noqa: E402

PEOPLE, TASKS = 50, 200
DUE = datetime(2030, 3, 4, 12, tzinfo=UTC)
STATUSES = ("pending", "in_progress", "completed")


def seed() -> None:
    """A board with tasks in every column, and its members; their tokens go to BENCH_TOKEN."""
    call_command("migrate", verbosity=0)
    board = Project.objects.create(id=1, name="Board")
    people = [Person.objects.create_user(f"person-{number}", role="member") for number in range(PEOPLE)]
    Member.objects.bulk_create([Member(project=board, person=one.pk, role="viewer") for one in people])
    rows = [Task(project=board, title="Task", status=STATUSES[number % 3], due_date=DUE) for number in range(TASKS)]
    Task.objects.bulk_create(rows)
    for status in STATUSES:
        actions.place_task(board.tasks.filter(status=status).latest("id").pk, by=SYSTEM, status=status)
    secrets = [create_token(f"bench {one.pk}", ["projects:read"], person=one)[1] for one in people]
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(",".join(secrets))


def change(number: int, ids: list[int]) -> None:
    """One request's worth: the write begins, and a task has another title; of each four one goes to another column."""
    happen(number, "BENCH_COMMITS")
    status = {"status": STATUSES[number // 4 % 3]} if number % 4 == 0 else {}
    actions.edit_task(
        ids[number % len(ids)], by=SYSTEM, title=f"#{number:07} Algebra, before the examination", **status
    )


def main(command: str, *numbers: str) -> None:
    if command == "seed":
        seed()
    elif command == "pace":
        first, ids = int(numbers[0]), list(Task.objects.values_list("id", flat=True))
        at_pace(lambda number: change(first + number, ids), float(numbers[1]), float(numbers[2]))
    else:
        call_command(command)


main(*sys.argv[1:])
