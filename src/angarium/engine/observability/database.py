"""The two checks every process needs: the database answers, and its tables are those of this release."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

_migrated = False


def answers(database: Any = connection) -> str | None:
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database does not answer."
    return None


def is_migrated(database: Any = connection) -> str | None:
    """A good answer is kept for the life of the process, as its migrations cannot change."""
    global _migrated
    if _migrated and database is connection:
        return None
    try:
        executor = MigrationExecutor(database)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "The database does not say which migrations it has."
    if missing:
        return f"{len(missing)} migrations are not applied; run `angarium migrate`."
    _migrated = _migrated or database is connection
    return None
