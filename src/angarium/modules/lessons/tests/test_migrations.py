"""The migrations go forward, back and forward again over rows that are there, also over lessons that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from .conftest import NOON


def migrate(name: str) -> Any:
    """The models as they are after this migration."""
    executor = MigrationExecutor(connection)
    executor.migrate([("lessons", name)])
    return MigrationExecutor(connection).loader.project_state([("lessons", name)]).apps


@pytest.fixture
def latest(transactional_db: None) -> Iterator[str]:
    """The name of the last migration, at which the tables are left."""
    yield max(name for app, name in MigrationExecutor(connection).loader.graph.leaf_nodes() if app == "lessons")
    call_command("migrate", "lessons", verbosity=0)


def test_les_b5_overlaps_of_an_older_release_survive_the_migrations(latest: str) -> None:
    before = migrate("0001_initial")
    student, teacher = (
        before.get_model("lessons", who).objects.create(name="А", email="a@example.org")
        for who in ("Student", "Teacher")
    )
    for title in ("А", "Б"):
        before.get_model("lessons", "Lesson").objects.create(
            title=title, student=student, teacher=teacher, starts_at=NOON, status="planned"
        )
    for name in (latest, "0001_initial", latest):
        rows = migrate(name).get_model("lessons", "Lesson").objects
        assert list(rows.order_by("id").values_list("title", "starts_at")) == [("А", NOON), ("Б", NOON)]
