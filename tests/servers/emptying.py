"""What a test has committed is gone after it. Django's own `flush` empties each of eighty tables and makes content
types and permissions anew, which takes a tenth of a second; here the tables that hold something are emptied."""

from __future__ import annotations

from typing import Any

from django.core.management.color import no_style
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

#: What migrations make of the models and no test changes.
KEPT = {"django_content_type", "auth_permission"}
_flush: Any = TransactionTestCase._fixture_teardown


def install() -> None:
    """For every test that commits, in this process."""
    TransactionTestCase._fixture_teardown = _teardown


def _teardown(case: TransactionTestCase) -> None:
    names = case._databases_names(include_mirrors=False)
    if case.available_apps is not None or case.serialized_rollback or not all(map(_emptied, names)):
        _flush(case)


def _emptied(name: str) -> bool:
    """Done? Not where a test has emptied what is kept."""
    from angarium.engine.caches.looking import forget_all

    connection = connections[name]
    filled = _filled(connection)
    if not filled >= KEPT:
        return False
    statements = connection.ops.sql_flush(no_style(), sorted(filled - KEPT), reset_sequences=False, allow_cascade=True)
    connection.ops.execute_sql_flush(statements)
    forget_all()  # as after `flush`, which says that there were migrations
    return True


def _filled(connection: BaseDatabaseWrapper) -> set[str]:
    """The tables that hold a row."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    looks = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return {table for (table,) in cursor.fetchall()}
