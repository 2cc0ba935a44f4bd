"""The database: does it answer, and are its tables those of this release? Its other checks need one or both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from .check import Severity, check, unseen
from .source import Away, Source
from .wording import one_line

Database = BaseDatabaseWrapper
#: Milliseconds for each statement, so that a look holds nothing up.
STATEMENT = 4000


@contextmanager
def reached() -> Iterator[Database]:
    """The connection of this thread. Away when it cannot be had; a file that is not there is not made."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not str(name).startswith("file:") and not Path(name).exists():
        raise Away(f"There is no database at {name} yet.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        connection.close()
        raise Away(f"The database does not answer: {one_line(error)}.") from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def bounded() -> Iterator[None]:
    """Statements end by themselves. For one transaction only: behind a pooler the session is somebody else's as well.
    On SQLite a transaction would take the write lock, and a reader waits for nobody."""
    if not is_postgres():
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT}")
        yield


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


AWAY = unseen(
    "ANG040",
    "The database does not answer",
    source="database",
    why="Everything is in it: nothing is accepted while it is away.",
    remedy="Start it, or mend DATABASE_URL or ANGARIUM_HOME; `angarium migrate` makes the file that SQLite needs.",
)
UNMIGRATED = "ANG041"
DATABASE: Source[Database] = Source(name="database", reach=reached, around=bounded, away=AWAY)
#: What a PostgreSQL says of itself, with or without our tables.
POSTGRES: Source[Database] = Source(
    name="PostgreSQL", reach=reached, around=bounded, away=AWAY, wanted=is_postgres, pointless_after=frozenset({AWAY})
)
#: What our tables say.
TABLES: Source[Database] = Source(
    name="tables", reach=reached, around=bounded, away=AWAY, pointless_after=frozenset({AWAY, UNMIGRATED})
)


@check(
    UNMIGRATED,
    "The tables are not those of this release",
    of=DATABASE,
    severity=Severity.ERROR,
    why="Roles of this release fail on tables of an older one, and what they say can no longer be looked at.",
    remedy="Run `angarium migrate`.",
)
def migrations(database: Database) -> Iterator[str]:
    executor = MigrationExecutor(database)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        first = missing[0][0]
        yield f"{len(missing)} migrations are not applied, {first.app_label}.{first.name} first."


def rows(database: Database, query: str, *values: str | float) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def setting(database: Database, name: str) -> str:
    """What PostgreSQL has for this parameter in our own sessions; empty where it knows none of the name."""
    ((value,),) = rows(database, "SELECT coalesce(current_setting(%s, true), '')", name)
    return str(value)
