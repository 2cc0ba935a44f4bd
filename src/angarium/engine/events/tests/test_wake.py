"""The hint to the relay: after the commit, never inside the writer's transaction, never an error."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from angarium.engine.events import wake as waking
from angarium.engine.events.public import CHANNEL, publish, wake, wake_here, woken

from .models import Opened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quiet_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_last_sent", 0.0)
    woken(0)


def listening() -> psycopg.Connection[tuple[object, ...]]:
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    listener = psycopg.connect(**parameters, autocommit=True)
    listener.execute(f"LISTEN {CHANNEL}")
    return listener


def heard(listener: psycopg.Connection[tuple[object, ...]], timeout: float) -> int:
    return len(list(listener.notifies(timeout=timeout, stop_after=1)))


def test_the_hint_comes_with_the_commit_and_is_taken_once() -> None:
    with transaction.atomic():
        publish(Opened(name="A"))
        assert not woken(0)
    assert woken(0)
    assert not woken(0)


def test_a_rollback_gives_no_hint() -> None:
    with transaction.atomic():
        publish(Opened(name="A"))
        transaction.set_rollback(True)
    assert not woken(0)


def test_this_process_alone_can_be_woken() -> None:
    wake_here()
    assert woken(0)


@pytest.mark.postgres
def test_no_notify_inside_the_writing_transaction_and_one_after_it() -> None:
    with listening() as listener, CaptureQueriesContext(connection) as queries:
        with transaction.atomic():
            publish(Opened(name="A"))
            inside = len(queries)
            assert heard(listener, 0) == 0
        assert heard(listener, 10) == 1
    statements = [query["sql"] for query in queries]
    assert not any("NOTIFY" in sql for sql in statements[:inside])
    assert [sql for sql in statements if "NOTIFY" in sql] == [statements[-1]]
    assert statements.index("COMMIT") < len(statements) - 1


@pytest.mark.postgres
def test_hints_in_quick_succession_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "QUIET", 60.0)
    monkeypatch.setattr(waking, "_last_sent", -1000.0)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            wake()
    assert len([query for query in queries if "NOTIFY" in query["sql"]]) == 1


@pytest.mark.postgres
def test_inside_a_transaction_the_hint_stays_in_this_process() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        wake()
    assert not any("NOTIFY" in query["sql"] for query in queries)
    assert woken(0)
    assert waking._last_sent == 0.0


@pytest.mark.postgres
def test_a_database_that_does_not_take_the_hint_is_no_error() -> None:
    def refuse(execute: object, sql: str, *rest: object) -> None:
        raise DatabaseError("no")

    with connection.execute_wrapper(refuse):
        wake()
    assert woken(0)
