"""One moment of the database, seen from a connection of its own, however long the reading takes.

PostgreSQL: a REPEATABLE READ, READ ONLY transaction with server-side cursors. SQLite: a DEFERRED transaction, which
takes no write lock, so that others go on writing; their log grows until it ends.
"""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection as default
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.sql.constants import MULTI
from django.db.utils import load_backend

#: Rows that are in memory at once.
CHUNK = 2000
#: Django's transactions on SQLite begin with the write lock, and psycopg's by themselves.
_BEGIN = {
    "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "sqlite": "BEGIN DEFERRED",
}


class Snapshot:
    """Reads queries as of one moment."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._open: list[Any] = []

    def rows(self, query: QuerySet[Any], *columns: str) -> Iterator[tuple[Any, ...]]:
        """The rows as tuples of these columns, read as they are taken; ordered by key unless the query is ordered."""
        ordered = query if query.ordered else query.order_by("pk")
        compiler: Any = ordered.values_list(*columns).query.get_compiler(connection=self._connection)
        results = compiler.execute_sql(MULTI, chunked_fetch=True, chunk_size=CHUNK)
        self._open.append(results)
        found: Iterator[tuple[Any, ...]] = compiler.results_iter(results=results, tuple_expected=True)
        return iter(found)

    def count(self, query: QuerySet[Any], *columns: str) -> int:
        """How many rows `rows` gives."""
        any_order = query if query.query.is_sliced else query.order_by()
        asked = any_order.values_list(*(columns or ("pk",))).query
        compiler: Any = asked.get_compiler(connection=self._connection)
        try:
            sql, parameters = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            return 0
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({sql}) counted", parameters)  # noqa: S608  the compiler's own
            return int(cursor.fetchone()[0])

    def close(self) -> None:
        """End what was not read to its end."""
        for results in self._open:
            if hasattr(results, "close"):
                results.close()
        self._connection.close()

    def interrupt(self) -> None:
        """End what runs in it, from another thread."""
        raw: Any = self._connection.connection
        if raw is None:
            return
        with suppress(Exception):  # it has ended by itself
            if isinstance(raw, sqlite3.Connection):
                raw.interrupt()
            else:
                raw.cancel_safe(timeout=2)


@contextmanager
def snapshot(*, everywhere: bool = False) -> Iterator[Snapshot]:
    """A snapshot, for as long as the block lasts, in this thread. `everywhere`: whatever is read in the block by other
    means is of the same moment too; nothing can be written then."""
    connection = _beside()
    found = Snapshot(connection)
    try:
        if connection.vendor == "postgresql":
            _prepare(connection)
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN[connection.vendor])
        with _in_place(connection) if everywhere else nullcontext():
            yield found
    finally:
        found.close()


def _prepare(connection: Any) -> None:
    """Begin transactions by themselves, and read moments by psycopg's compiled loader: Django's, in Python, is half of
    the time that reading takes."""
    from psycopg.types.datetime import TimestamptzLoader

    usual = connection.chunked_cursor

    def chunked_cursor() -> Any:
        made = usual()
        made.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return made

    connection.set_autocommit(False)
    connection.chunked_cursor = chunked_cursor


@contextmanager
def _in_place(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """This connection is the thread's own for as long as the block lasts."""
    usual = connections[connection.alias]
    connections[connection.alias] = connection
    try:
        yield
    finally:
        connections[connection.alias] = usual


def _beside() -> BaseDatabaseWrapper:
    """Another connection to the same database."""
    terms = copy.deepcopy(default.settings_dict)
    if default.vendor == "sqlite":
        terms["OPTIONS"]["transaction_mode"] = "DEFERRED"
    made: BaseDatabaseWrapper = load_backend(terms["ENGINE"]).DatabaseWrapper(terms, default.alias)
    return made
