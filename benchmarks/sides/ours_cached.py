"""Angarium's lists of tasks as a fleet serves them: `angarium web`, with Redis."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from angarium.engine.identity.public import create_token  # noqa: E402
from angarium.modules.projects.models import Project, Task  # noqa: E402

DUE = datetime(2030, 3, 4, 12, tzinfo=UTC)


def seed(tasks: int) -> None:
    """So many tasks in ten projects; the token goes to BENCH_TOKEN."""
    call_command("migrate", verbosity=0)
    projects = Project.objects.bulk_create([Project(name=f"Project {number}") for number in range(10)])
    rows = [Task(project=projects[number % 10], title=f"Task {number}", due_date=DUE) for number in range(tasks)]
    Task.objects.bulk_create(rows)
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(create_token("bench", ["projects:read", "projects:write"])[1])


if sys.argv[1] == "seed":
    seed(int(sys.argv[2]))
else:
    call_command(sys.argv[1])
