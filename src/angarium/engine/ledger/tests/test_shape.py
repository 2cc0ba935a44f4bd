"""The shape on PostgreSQL: room in the pages, and updates that stay within them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from angarium.engine.ledger.models import Operation
from angarium.engine.ledger.public import report_many

from .story import claimed, said

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def options() -> list[str] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'ledger_operation'")
        found: list[str] | None = cursor.fetchone()[0]
    return found


def updates() -> tuple[int, int]:
    """How many updates the heads have had, and how many of them stayed within their page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'ledger_operation'")
        all_of_them, within = cursor.fetchone()
    return all_of_them, within


def test_pages_of_heads_keep_room_and_the_migration_can_be_undone() -> None:
    assert options() == ["fillfactor=70"]
    try:
        MigrationExecutor(connection).migrate([("ledger", "0001_initial")])
        assert options() is None
    finally:
        MigrationExecutor(connection).migrate([("ledger", "0002_shape")])
    assert options() == ["fillfactor=70"]


@pytest.mark.parametrize("batch", [1, 50])
def test_reports_update_heads_within_their_pages(batch: int) -> None:
    claims = [claimed() for _ in range(50)]
    before = updates()
    rounds = range(1, 21)
    reports = [said(one, seq, progress=(seq, 20), metadata={"at": seq}) for seq in rounds for one in claims]
    for first in range(0, len(reports), batch):
        report_many(reports[first : first + batch])
    after = updates()
    assert after[0] - before[0] == 1000
    assert (after[1] - before[1]) / 1000 >= 0.95
    assert set(Operation.objects.values_list("seq", flat=True)) == {20}


def test_nothing_that_moves_is_indexed() -> None:
    from angarium.engine.ledger.write import MOVING

    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'ledger_operation'")
        definitions = " ".join(row[0].split(" USING ")[1] for row in cursor.fetchall())
    assert [column for column in MOVING if column in definitions] == []
