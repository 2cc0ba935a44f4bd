"""HR-17: each migration goes back and forward over filled tables, and leaves what it found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from angarium.config import demo
from tests.architecture.tree import refuse
from tests.faults.scene import LONG
from tests.migrations.contents import Table, contents, differences
from tests.migrations.filling import make, own_tables
from tests.migrations.losses import declared, made_by, runs_code
from tests.migrations.steps import Walk, our_labels
from tests.migrations.structure import structure, triggers

pytestmark = pytest.mark.django_db


def our_models() -> Iterator[type[models.Model]]:
    return own_tables(model for label in sorted(our_labels()) for model in apps.get_app_config(label).get_models())


def fill(walk: Walk) -> None:
    """What the demonstration brings, and beside it rows in every table that hold what the columns can hold."""
    demo.make()
    state = walk.loader.project_state().apps
    for model in our_models():
        make(state.get_model(model._meta.label))
    assert [model._meta.label for model in our_models() if not model._base_manager.exists()] == []


def tables(connection: BaseDatabaseWrapper) -> dict[str, Table]:
    ours = tuple(f"{label}_" for label in our_labels())
    return contents(connection, [name for name in connection.introspection.table_names() if name.startswith(ours)])


def there_and_back(walk: Walk, migration: Migration) -> list[str]:
    """Back, forward and back; what was not as it should have been."""
    connection, name = walk.connection, f"{migration.app_label}.{migration.name}"
    newer, rows = structure(connection), tables(connection)
    walk.back(migration)
    older, left = structure(connection), tables(connection)
    walk.forth(migration)
    wrong = [f"{name}, forward again: {line}" for line in sorted(structure(connection) ^ newer)]
    lost = differences(rows, tables(connection))
    wrong += [f"{name} loses {what} and does not say so" for what in sorted(lost - declared(migration))]
    wrong += [f"{name} loses no {what}" for what in sorted(declared(migration) - lost - made_by(migration))]
    if not runs_code(migration):  # SQLite drops them with the table that it writes anew
        wrong += [f"{name} drops {line}" for line in sorted(triggers(older) - triggers(newer))]
    walk.back(migration)
    wrong += [f"{name}, back again: {line}" for line in sorted(structure(connection) ^ older)]
    return wrong + [f"{name}, back again, differs: {what}" for what in sorted(differences(left, tables(connection)))]


def test_hr_17_each_migration_goes_back_and_forward_over_filled_tables(empty: BaseDatabaseWrapper) -> None:
    call_command("migrate", verbosity=0)
    walk, newest = Walk(empty), structure(empty)
    fill(walk)
    wrong: list[str] = []
    for migration, ours in walk.backwards():
        if ours:
            wrong += there_and_back(walk, migration)
        else:
            walk.back(migration)
    assert tables(empty) == {}
    if LONG:
        call_command("migrate", verbosity=0)
        wrong += [f"from the beginning: {line}" for line in sorted(structure(empty) ^ newest)]
    refuse(wrong, "not as it was")
