"""HR-17: the rows as the last release knows them are written, read, changed and deleted on the tables as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState

from angarium.engine.observability import database
from tests.architecture.tree import refuse
from tests.migrations.filling import make, own_tables
from tests.migrations.releases import last_release
from tests.migrations.steps import our_labels

pytestmark = pytest.mark.django_db


def old_models() -> Iterator[type[models.Model]]:
    state = MigrationLoader(None).project_state(last_release()).apps
    return own_tables(model for model in state.get_models() if model._meta.app_label in our_labels())


def use(model: type[models.Model]) -> None:
    """What a release does with a table: insert with all the columns that it knows, read, update each of them, delete."""
    made = make(model)
    columns = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    for old in made:
        read = model._base_manager.get(pk=old.pk)
        values = {name: getattr(old, name) for name in columns}
        assert {name: getattr(read, name) for name in columns} == values
        if values:
            assert model._base_manager.filter(pk=old.pk).update(**values) == 1
    assert model._base_manager.filter(pk=made[-1].pk).delete()[0] >= 1


def failing(found: list[type[models.Model]]) -> list[str]:
    """Models that cannot be used any more, and what the database said."""
    broken = []
    for model in found:
        try:
            with transaction.atomic():
                use(model)
                transaction.set_rollback(True)
        except DatabaseError as error:
            if "are only appended" in str(error):  # by a trigger that the last release has too
                continue
            broken.append(f"{model._meta.label}: {str(error).strip().splitlines()[0]}")
    return broken


def test_hr_17_the_last_release_s_rows_work_on_the_newest_tables() -> None:
    found = list(old_models())
    assert len(found) > 30
    refuse(failing(found), "the last release cannot write on the tables as they are now")


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("a column that is gone", models.CharField(max_length=20, null=True)),
        ("title", models.CharField(max_length=300)),
    ],
)
def test_hr_17_a_release_whose_columns_are_gone_or_narrower_is_found_out(column: str, field: Any) -> None:
    """The same question about rows that a release had which never was."""
    loader = MigrationLoader(None)
    state = loader.project_state(last_release())
    table: ModelState = state.models["lessons", "lesson"]
    table.fields[column.replace(" ", "_")] = field
    lesson = state.apps.get_model("lessons", "Lesson")
    refused = failing([lesson])
    narrower_on_postgres_only = column == "title" and connection.vendor == "sqlite"
    assert bool(refused) is not narrower_on_postgres_only


def test_hr_17_a_process_of_the_last_release_is_ready_on_newer_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_migrated", False)
    MigrationRecorder(connection).record_applied("lessons", "9999_of_the_next_release")
    assert database.is_migrated() is None
