"""Celery on Redis as its documentation advises for many short tasks: no results, no gossip, a large prefetch.

With ACKS_LATE=1 as it advises for work that must survive its worker. `touch` is Django's usual way: a row in a
transaction, and `transaction.on_commit(lambda: task.delay())`.
"""

from __future__ import annotations

import os
import sys

from celery import Celery
from effect import happen
from pace import at_pace

late = os.environ.get("ACKS_LATE") == "1"
app = Celery("plain", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=late,
    task_reject_on_worker_lost=late,
    worker_prefetch_multiplier=int(os.environ.get("PREFETCH", "64")),
    broker_connection_retry_on_startup=True,
)


@app.task(name="touch")
def touch(number: int) -> None:
    happen(number)


def fill(count: int) -> None:
    for number in range(count):
        touch.delay(number)


def touch_at(rate: float, seconds: float) -> None:
    import dj_database_url
    import django
    from django.conf import settings
    from django.db import connection, transaction

    settings.configure(DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}})
    django.setup()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS plain_row (number bigint)")

    def commit(number: int) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                transaction.on_commit(lambda: happen(number, "BENCH_COMMITS"))
                transaction.on_commit(lambda: touch.delay(number))
                cursor.execute("INSERT INTO plain_row VALUES (%s)", [number])
        except touch.OperationalError as error:
            sys.stderr.write(f"not published: {error}\n")

    at_pace(commit, rate, seconds)


def main(command: str, *numbers: str) -> None:
    if command == "fill":
        fill(int(numbers[0]))
    elif command == "touch":
        touch_at(float(numbers[0]), float(numbers[1]))
    else:
        quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        app.worker_main(["worker", "--loglevel", "warning", "--concurrency", "2", *quiet])


main(*sys.argv[1:])
