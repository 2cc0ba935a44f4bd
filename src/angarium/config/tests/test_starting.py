"""What a start does not do, since it would take longer."""

from __future__ import annotations

import gc

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from angarium.config.management.commands.up import is_behind


def test_garbage_is_collected_once_all_is_loaded() -> None:
    gc.disable()
    try:
        apps.get_app_config("composition").ready()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
        gc.enable()


@pytest.mark.django_db
def test_a_database_is_migrated_when_it_has_not_seen_a_migration() -> None:
    assert not is_behind()
    ((app, newest),) = MigrationLoader(connection).graph.leaf_nodes("delivery")
    MigrationRecorder(connection).record_unapplied(app, newest)
    assert is_behind()
