"""For tests of every part: calls that run at the same time, and what the log has recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from .models import Event

PATIENCE = 60.0


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a thread and on a connection of its own, all from one starting line; the answers in order, an
    exception in the place of what raised it. Needs a test with real transactions."""
    line = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            line.wait(PATIENCE)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        running = [threads.submit(run, call) for call in calls]
        return [one.exception(PATIENCE) or one.result() for one in running]


@contextmanager
def uncommitted(call: Callable[[], Any]) -> Iterator[None]:
    """Let `call` happen in another connection's transaction, which commits when the block ends."""
    written, leave = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                call()
                written.set()
                leave.wait(PATIENCE)
        finally:
            written.set()
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(write)
        written.wait(PATIENCE)
        try:
            yield
        finally:
            leave.set()
        writing.result(PATIENCE)


def wait_for_a_waiting_lock() -> None:
    """Return when some transaction of this PostgreSQL waits for another one. TimeoutError when none ever does."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(asked)
            if cursor.fetchone():
                return
    raise TimeoutError("No transaction waits for another one.")


def recorded(subject: str = "") -> list[tuple[str, str, int | None]]:
    """What the log has, oldest first: (type, subject, version of the subject)."""
    rows = Event.objects.filter(**({"subject": subject} if subject else {})).order_by("id")
    return list(rows.values_list("type", "subject", "subject_version"))
