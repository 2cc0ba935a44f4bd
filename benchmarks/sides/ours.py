"""Angarium as anybody would run it: the work is accepted by the ledger, `angarium worker` does the rest."""

from __future__ import annotations

import os
import sys

import django
from effect import happen
from pace import at_pace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from angarium.engine.ledger.public import Work, start, start_many  # noqa: E402
from angarium.engine.tasks.celery import install  # noqa: E402
from angarium.engine.tasks.public import task  # noqa: E402


@task(name="bench.touch", queue="bench")
def touch(number: int) -> None:
    happen(number)


def fill(count: int) -> None:
    for first in range(0, count, 1000):
        with transaction.atomic():
            numbers = range(first, min(first + 1000, count))
            start_many([Work(kind="bench.touch", input={"number": number}) for number in numbers])


def commit(number: int) -> None:
    with transaction.atomic():
        transaction.on_commit(lambda: happen(number, "BENCH_COMMITS"))
        start("bench.touch", number=number)


def main(command: str, *numbers: str) -> None:
    install()
    if command == "fill":
        fill(int(numbers[0]))
    elif command == "migrate":
        call_command("migrate", verbosity=0)
    elif command == "touch":
        at_pace(commit, float(numbers[0]), float(numbers[1]))
    else:
        call_command("worker", concurrency=2)


main(*sys.argv[1:])
