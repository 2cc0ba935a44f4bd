"""Django's tasks with the database backend of django-tasks-db: `db_worker` looking again at once."""

from __future__ import annotations

import os
import sys

import dj_database_url
import django
from django.conf import settings
from effect import happen

settings.configure(
    DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
    INSTALLED_APPS=["django_tasks", "django_tasks_db"],
    TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}},
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django_tasks import task  # noqa: E402


@task()
def touch(number: int) -> None:
    happen(number)


def fill(count: int) -> None:
    call_command("migrate", verbosity=0)
    for first in range(0, count, 1000):
        with transaction.atomic():
            for number in range(first, min(first + 1000, count)):
                touch.enqueue(number)


if sys.argv[1] == "fill":
    fill(int(sys.argv[2]))
else:
    call_command("db_worker", interval=0.01, startup_delay=False, verbosity=0)
