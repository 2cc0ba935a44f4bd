"""An empty database, and an app of the tests' own whose migrations change rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import AppConfig, apps
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.migrations.swapping import empty_database


@pytest.fixture
def empty(django_db_blocker: Any, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """The database `default`, without a table, while the test runs."""
    with django_db_blocker.unblock(), empty_database(tmp_path) as connection:
        yield connection


@pytest.fixture
def parcels(empty: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """The empty database, and an app that can be migrated in it."""
    app = AppConfig.create("tests.migrations.parcels.apps.Parcels")
    app.apps = apps
    apps.app_configs[app.label] = app
    app.import_models()
    apps.clear_cache()
    yield empty
    del apps.app_configs[app.label]
    apps.clear_cache()
