"""Load: threads that enter lessons by HTTP, one after the other, and write into the history what they were answered."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from angarium.contracts.lessons import LessonCreated
from tests.faults.history import record
from tests.processes.instance import LESSON, Answer, Instance

WRITERS = 2
#: No status of ours: the server hung up, or said nothing at all.
SILENCE = 599


class Load:
    """What was answered so far, by status; `wait_for` waits until so many more answers of a status have come."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._numbers = itertools.count()
        self._statuses: Counter[int] = Counter()
        self._changed = threading.Condition()
        self._ending = threading.Event()
        self.strange: list[Answer | Exception] = []

    def wait_for(self, status: int, more: int, *, within: float = 60) -> None:
        with self._changed:
            goal = self._statuses[status] + more
            came = self._changed.wait_for(lambda: self._statuses[status] >= goal, within)
        assert came, f"not {more} more answers {status} within {within} s: {dict(self._statuses)}, {self.strange[-3:]}"

    def write(self) -> None:
        while not self._ending.is_set():
            number = next(self._numbers)
            starts_at = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=2 * number)
            self._enter(f"Под нагрузкой {number}", starts_at.isoformat())

    def _enter(self, title: str, starts_at: str) -> None:
        record("asked", write=title, type=LessonCreated.type, events=1)
        body = {**LESSON, "title": title, "starts_at": starts_at}
        try:
            answer = self._instance.ask("POST", "/api/lessons/lessons/", body)
        except OSError as error:
            self._count(title, SILENCE, 0.0, error)
        else:
            expected = answer.status in (201, 503) and (answer.status == 201 or "problem+json" in str(answer.headers))
            self._count(title, answer.status, answer.seconds, None if expected else answer)

    def _count(self, title: str, status: int, seconds: float, strange: Answer | Exception | None) -> None:
        record("answered", write=title, status=status, seconds=seconds)
        with self._changed:
            self._statuses[status] += 1
            self.strange += [strange] if strange is not None else []
            self._changed.notify_all()

    def end(self) -> None:
        self._ending.set()


@contextmanager
def under_load(instance: Instance) -> Iterator[Load]:
    """Writers at work for as long as the block lasts. The history's file is the one in our environment."""
    load = Load(instance)
    threads = [threading.Thread(target=load.write, daemon=True) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.end()
        for thread in threads:
            thread.join(40)
