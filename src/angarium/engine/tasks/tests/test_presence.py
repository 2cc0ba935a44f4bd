"""Who is there: one row per process, fresh while it runs, gone when it ends, silent when it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from angarium.engine.tasks import presence
from angarium.engine.tasks.models import Process
from angarium.engine.tasks.presence import EVERY, FORGOTTEN_AFTER, Presence, forget, processes
from angarium.kernel.clock import now
from tests.servers.polling import eventually

needs_commits = pytest.mark.django_db(transaction=True)


@contextmanager
def present(role: str = "worker") -> Iterator[Presence]:
    made = Presence(role, queues=["lessons", "engine"], concurrency=4)
    made.start()
    try:
        eventually(lambda: Process.objects.exists(), within=5)
        yield made
    finally:
        made.stop()


def heard(ago: timedelta) -> Process:
    return Process.objects.create(role="relay", host="here", pid=1, version="1", seen_at=now() - ago)


@needs_commits
def test_a_process_is_there_from_its_start_to_its_end() -> None:
    with present():
        (found,) = processes()
        assert (found.role, found.queues, found.concurrency, found.silent) == (
            "worker",
            ["engine", "lessons"],
            4,
            False,
        )
        assert found.version
        assert found.pid > 0
    assert processes() == []


@needs_commits
def test_it_renews_its_row_and_makes_it_again_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "EVERY", 0.01)
    with present():
        first = Process.objects.get()
        eventually(lambda: Process.objects.get().seen_at > first.seen_at, within=5)
        Process.objects.all().delete()
        eventually(lambda: Process.objects.filter(pk=first.pk).exists(), within=5)


@needs_commits
def test_a_renewal_is_one_statement() -> None:
    made = Presence("relay")
    made._renew()
    with CaptureQueriesContext(connection) as queries:
        made._renew()
    assert len(queries) <= EVERY / 10


@pytest.mark.django_db
def test_one_that_is_not_heard_of_is_silent_and_forgotten_after_a_day() -> None:
    heard(timedelta(seconds=25))
    heard(timedelta(seconds=35))
    heard(FORGOTTEN_AFTER + timedelta(seconds=1))
    assert sorted(one.silent for one in processes()) == [False, True]
    assert forget() == 1
    assert Process.objects.count() == 2
