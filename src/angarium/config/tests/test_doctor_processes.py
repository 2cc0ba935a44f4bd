"""What the doctor reads in our own tables: who works, on which queues, with which clock, and who could come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from angarium.config.doctor import catalogue  # noqa: F401  with it every check is declared
from angarium.config.doctor.check import check_of
from angarium.config.doctor.connections import _allowed, may_open
from angarium.config.doctor.database import TABLES
from angarium.engine.identity.public import Person, Role
from angarium.engine.ledger.public import Due, start
from angarium.engine.tasks.public import Process, task, tasks
from angarium.engine.tasks.testing import own_tasks
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db
QUEUES = sorted({one.queue for one in tasks().values()})
NOT_ABOUT_PROCESSES = {"ANG056", "ANG057"}


def there(role: str, *, queues: list[str] | None = None, ago: float = 0, concurrency: int = 0) -> Process:
    seen = now() - timedelta(seconds=ago)
    return Process.objects.create(
        role=role, host="here", pid=7, version="1", queues=queues or [], concurrency=concurrency, seen_at=seen
    )


def fleet() -> None:
    there("worker", queues=QUEUES, concurrency=4)
    there("beat")


def told(code: str) -> list[str]:
    return list(check_of(code).look(connection))  # type: ignore[misc]


def found() -> list[str]:
    return [code for code in sorted(TABLES.checks) if code not in NOT_ABOUT_PROCESSES for _ in told(code)]


def test_a_fleet_that_is_there_is_not_told_of() -> None:
    fleet()
    assert found() == []


def test_one_process_is_all_in_one() -> None:
    there("embedded", queues=QUEUES, concurrency=4)
    assert found() == []


def test_ang060_061_062_nobody_is_there() -> None:
    assert found() == ["ANG060", "ANG061", "ANG062"]


def test_ang060_062_who_was_silent_for_half_a_minute_is_not_there() -> None:
    there("worker", queues=QUEUES, ago=31)
    there("beat", ago=31)
    there("relay")
    assert found() == ["ANG060", "ANG062"]


def test_ang061_a_worker_has_a_relay_inside_and_a_beat_has_none() -> None:
    there("worker", queues=QUEUES)
    assert found() == ["ANG062"]
    Process.objects.update(role="beat")
    assert found() == ["ANG060", "ANG061"]


def test_ang063_workers_that_take_from_some_queues_only() -> None:
    there("worker", queues=[queue for queue in QUEUES if queue != "lessons"])
    there("beat")
    assert told("ANG063") == ["No worker takes from the queue lessons, where 0 wait."]
    assert found() == ["ANG063"]
    there("worker", queues=["lessons"])
    assert found() == []


def test_ang063_work_of_others_waits_where_nobody_takes_it() -> None:
    """Whoever serves another service's queue does not say so here; that its work waits tells."""
    fleet()
    with own_tasks():

        @task(name="tests.theirs", queue="theirs")
        def theirs() -> None: ...

        with transaction.atomic():
            waiting = [start("tests.theirs") for _ in range(2)]
    assert found() == []
    Due.objects.update(since=now() - timedelta(minutes=2), due_at=now() - timedelta(minutes=2))
    assert told("ANG063") == ["No worker takes from the queue theirs, where 2 wait."]
    Due.objects.filter(pk=waiting[0]).update(claimed=True)
    assert found() == []


@pytest.mark.postgres
def test_ang064_a_process_lives_in_the_future() -> None:
    fleet()
    there("relay", ago=-3600.5)
    (wrong,) = told("ANG064")
    assert wrong == "The clock of the relay here:7 is 3600 s ahead of the database's."


@pytest.mark.parametrize(
    ("hosts", "host", "codes"),
    [
        (["localhost", ".localhost", "[::1]"], "127.0.0.1", []),
        (["localhost", "school.example"], "127.0.0.1", ["ANG065"]),
        (["localhost"], "0.0.0.0", ["ANG065"]),
    ],
)
def test_ang065_demo_accounts_where_others_may_come(
    settings: Any, monkeypatch: pytest.MonkeyPatch, hosts: list[str], host: str, codes: list[str]
) -> None:
    settings.ALLOWED_HOSTS = hosts
    monkeypatch.setenv("HOST", host)
    fleet()
    assert found() == []
    person = Person.objects.create_user(username="demo", password="demo", role=Role.STAFF)
    assert found() == codes
    person.set_password("another one, and a long one")
    person.save()
    assert found() == []


@pytest.mark.postgres
def test_ang058_more_processes_than_postgresql_lets_in() -> None:
    fleet()
    allowed = _allowed(connection)
    there("worker", queues=QUEUES, concurrency=allowed // 2)
    (wrong,) = told("ANG058")
    wanted = sum(map(may_open, Process.objects.all()))
    assert wrong == f"3 processes may open {wanted} connections, and PostgreSQL lets in {allowed}."


@pytest.mark.postgres
def test_ang058_a_limit_of_the_role_counts_as_well() -> None:
    fleet()
    assert found() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROLE CURRENT_USER CONNECTION LIMIT 10")
    assert (_allowed(connection), found()) == (10, ["ANG058"])
