"""What the doctor finds in a real PostgreSQL that has parameters, sessions and tables as they should not be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from angarium.config.doctor import bloat, postgres, transactions
from angarium.config.doctor.check import check_of
from angarium.config.doctor.database import POSTGRES
from tests.servers import postgres as servers
from tests.servers.polling import eventually

pytestmark = pytest.mark.postgres
#: What the server of a run has switched off, and what a few tests need besides.
SOUND = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
MORE = {"max_prepared_transactions": "2", "wal_level": "logical", "max_wal_senders": "2"}
Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An empty database in a server of which the doctor has nothing to say."""
    with servers.alone(**SOUND, **MORE) as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        assert found(connection) == []
        yield connection


@pytest.fixture
def other(url: str) -> Iterator[Connection]:
    with psycopg.connect(url, application_name="somebody") as connection:
        yield connection


def told(database: Connection, code: str) -> list[str]:
    return list(check_of(code).look(database))  # type: ignore[misc]


def found(database: Connection) -> list[str]:
    return [code for code in sorted(POSTGRES.checks) for _ in told(database, code)]


def test_ang050_autovacuum_is_off_for_a_table(database: Connection) -> None:
    database.execute("CREATE TABLE untended (id int) WITH (fillfactor = 70, autovacuum_enabled = off)")
    try:
        assert told(database, "ANG050") == ["autovacuum is off for the table untended."]
        assert found(database) == ["ANG050"]
        database.execute("ALTER TABLE untended RESET (autovacuum_enabled)")
        assert found(database) == []
    finally:
        database.execute("DROP TABLE untended")


def test_ang050_051_052_a_server_that_neither_tidies_up_nor_keeps_anything() -> None:
    with psycopg.connect(servers.new_database(), autocommit=True) as database:
        assert told(database, "ANG050") == ["autovacuum is off for the whole server."]
        assert told(database, "ANG051") == ["fsync is off.", "full_page_writes is off."]
        assert told(database, "ANG052") == ["synchronous_commit is off for our sessions."]
        assert found(database) == ["ANG050", "ANG051", "ANG051", "ANG052"]


def test_ang052_synchronous_commit_is_off_for_our_role_alone(url: str, database: Connection) -> None:
    database.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
    try:
        with psycopg.connect(url, autocommit=True) as anew:
            assert found(anew) == ["ANG052"]
    finally:
        database.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")


@pytest.mark.parametrize(("minutes", "where"), [(60, "3600 s ahead of"), (-1, "60 s behind")])
def test_ang053_the_database_has_another_time(url: str, minutes: int, where: str) -> None:
    """A function of ours is found before the server's: for this session it is the clock."""
    with psycopg.connect(url) as database:
        database.execute("CREATE SCHEMA wrong")
        database.execute(
            "CREATE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            f"$$ SELECT pg_catalog.clock_timestamp() + interval '{minutes} minutes' $$"
        )
        database.execute("SET LOCAL search_path = wrong, pg_catalog, public")
        assert told(database, "ANG053") == [f"The database's clock is {where} this machine's."]
        database.rollback()


def test_ang054_a_session_sleeps_in_its_transaction(
    database: Connection, other: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.execute("SELECT 1")
    assert told(database, "ANG054") == []
    monkeypatch.setattr(transactions, "IDLE", 0.01)
    eventually(lambda: bool(told(database, "ANG054")), within=5)
    (wrong,) = told(database, "ANG054")
    assert wrong == f"The session {other.info.backend_pid} (somebody) has been idle in a transaction for 0 s."
    other.rollback()
    assert told(database, "ANG054") == []


def test_ang055_an_open_transaction_holds_back_what_can_be_cleared_away(
    database: Connection, other: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.execute("SELECT txid_current()")
    assert told(database, "ANG055") == []
    monkeypatch.setattr(transactions, "OPEN", 0.01)
    eventually(lambda: bool(told(database, "ANG055")), within=5)
    (wrong,) = told(database, "ANG055")
    assert wrong.endswith(f"can be cleared away, because of the session {other.info.backend_pid}.")
    other.rollback()
    assert told(database, "ANG055") == []


def test_ang055_a_prepared_transaction_that_nobody_ended(
    database: Connection, other: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.execute("SELECT txid_current()")
    other.execute("PREPARE TRANSACTION 'forgotten'")
    try:
        monkeypatch.setattr(transactions, "OPEN", 0.01)
        eventually(lambda: bool(told(database, "ANG055")), within=5)
        assert told(database, "ANG055")[0].endswith("because of the prepared transaction forgotten.")
    finally:
        database.execute("ROLLBACK PREPARED 'forgotten'")


def test_ang055_a_slot_whose_replica_is_gone(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    database.execute("SELECT pg_create_logical_replication_slot('gone', 'pgoutput')")
    try:
        assert told(database, "ANG055") == []
        monkeypatch.setattr(transactions, "BEHIND", -1)
        (wrong,) = told(database, "ANG055")
        assert wrong.startswith("The replication slot gone is ")
    finally:
        database.execute("SELECT pg_drop_replication_slot('gone')")


@pytest.fixture
def untended() -> Iterator[Connection]:
    """An empty database where nobody clears anything away."""
    with psycopg.connect(servers.new_database(), autocommit=True) as connection:
        yield connection


def counted(database: Connection, query: str) -> None:
    """Run it, and have its numbers counted at once."""
    database.execute(query)  # type: ignore[call-overload]
    database.execute("SELECT pg_stat_force_next_flush()")


def test_ang056_a_table_of_mostly_dead_rows(untended: Connection) -> None:
    counted(untended, "CREATE TABLE busy AS SELECT g AS id, 0 AS n FROM generate_series(1, 30000) g")
    counted(untended, "UPDATE busy SET n = 1")
    assert told(untended, "ANG056") == []
    for n in (2, 3, 4):
        counted(untended, f"UPDATE busy SET n = {n}")
    (wrong,) = told(untended, "ANG056")
    assert re.fullmatch(r"The table busy has 1\d{5} dead rows beside 30000 living ones\.", wrong)
    counted(untended, "VACUUM busy")
    assert told(untended, "ANG056") == []


@pytest.mark.parametrize(("updates", "index", "codes"), [(10_000, True, 1), (10_000, False, 0), (9_000, True, 0)])
def test_ang057_updates_that_touch_an_index(untended: Connection, updates: int, index: bool, codes: int) -> None:
    untended.execute("CREATE TABLE ledger_operation (id int PRIMARY KEY, state int) WITH (fillfactor = 15)")
    if index:
        untended.execute("CREATE INDEX added ON ledger_operation (state)")
    untended.execute("INSERT INTO ledger_operation SELECT g, 0 FROM generate_series(1, 1000) g")
    for _ in range(updates // 1000):
        counted(untended, "UPDATE ledger_operation SET state = state + 1")
    found = told(untended, "ANG057")
    assert len(found) == codes
    assert all(wrong == f"Of {updates} updates of ledger_operation 0% stayed within their page." for wrong in found)


def test_bounds_are_those_of_the_page() -> None:
    assert (transactions.IDLE, bloat.LEAST_HOT, postgres.TOLERANCE) == (60, 0.9, 2.0)
