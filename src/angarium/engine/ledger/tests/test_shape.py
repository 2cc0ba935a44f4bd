"""The shape on PostgreSQL: room in the pages, and updates that stay within them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def options() -> list[str] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'ledger_operation'")
        found: list[str] | None = cursor.fetchone()[0]
    return found


def test_pages_of_heads_keep_room_and_the_migration_can_be_undone() -> None:
    assert options() == ["fillfactor=70"]
    try:
        MigrationExecutor(connection).migrate([("ledger", "0001_initial")])
        assert options() is None
    finally:
        newest = MigrationExecutor(connection).loader.graph.leaf_nodes("ledger")
        MigrationExecutor(connection).migrate(newest)
    assert options() == ["fillfactor=70"]


def test_nothing_that_moves_is_indexed() -> None:
    from angarium.engine.ledger.write import MOVING

    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'ledger_operation'")
        definitions = " ".join(row[0].split(" USING ")[1] for row in cursor.fetchall())
    assert [column for column in MOVING if column in definitions] == []
