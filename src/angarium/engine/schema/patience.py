"""How long a change of tables waits for others. While it waits for a lock on a table, everybody who comes later waits
behind it, readers too: so it gives up soon, has changed nothing, and tries again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

#: What PostgreSQL calls a lock that was not had in time, and a deadlock: both mean "again".
_LOCKED = {"55P03", "40P01"}
_NO_LIMIT = {"lock_timeout": "0", "statement_timeout": "0"}


def is_locked(error: BaseException) -> bool:
    """Did it fail because somebody else holds a lock?"""
    if not isinstance(error, OperationalError):
        return False
    return getattr(error.__cause__, "sqlstate", None) in _LOCKED or "database is locked" in str(error)


@contextmanager
def limited(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """In this block no statement waits for a lock, or runs, longer than the settings MIGRATION_… say."""
    lock, statement = (
        round(seconds * 1000) for seconds in (settings.MIGRATION_LOCK_TIMEOUT, settings.MIGRATION_STATEMENT_TIMEOUT)
    )
    if connection.vendor == "sqlite":
        with _busy(connection, lock):
            yield
    else:
        with _settings(connection, {"lock_timeout": f"{lock}ms", "statement_timeout": f"{statement}ms"}):
            yield


@contextmanager
def unlimited(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """In this block a statement takes as long as it takes: for one that holds up nobody while it waits and works."""
    with _settings(connection, _NO_LIMIT):
        yield


@contextmanager
def _settings(connection: BaseDatabaseWrapper, wanted: Mapping[str, str]) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join('current_setting(%s)' for _ in wanted)}", list(wanted))
        before = dict(zip(wanted, cursor.fetchone(), strict=True))
    _set(connection, wanted)
    try:
        yield
    except BaseException:
        if not connection.in_atomic_block:  # else the rollback brings them back
            with suppress(DatabaseError):
                _set(connection, before)
        raise
    _set(connection, before)


def _set(connection: BaseDatabaseWrapper, values: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


@contextmanager
def _busy(connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        if connection.connection is not None:
            connection.connection.execute(f"PRAGMA busy_timeout = {before}")
