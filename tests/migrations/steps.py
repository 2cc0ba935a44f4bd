"""The migrations of all our apps, found by walking Django's own graph of them, and taken one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

Key = tuple[str, str]


@cache
def our_labels() -> frozenset[str]:
    """Labels of the product's apps that have migrations; those that tests bring are not among them."""
    ours = [config for config in apps.get_app_configs() if config.name.startswith("angarium.")]
    labels = {config.label for config in ours if ".tests" not in config.name}
    return frozenset(labels & MigrationLoader(None).migrated_apps)


def our_migrations(loader: MigrationLoader) -> list[Migration]:
    """All of them, each behind those that it depends on."""
    labels = our_labels()
    return [loader.graph.nodes[key] for key in _plan(loader) if key[0] in labels]


def _plan(loader: MigrationLoader) -> list[Key]:
    keys: list[Key] = []
    for leaf in loader.graph.leaf_nodes():
        keys += [key for key in loader.graph.forwards_plan(leaf) if key not in keys]
    return keys


@dataclass
class Walk:
    """Goes over the migrations of a database that has all of them."""

    connection: BaseDatabaseWrapper

    def __post_init__(self) -> None:
        self.executor = MigrationExecutor(self.connection)
        self.loader = self.executor.loader

    def backwards(self) -> list[tuple[Migration, bool]]:
        """What has to be taken back until nothing of ours is left, the newest first, and is it one of ours? Others'
        tables refer to ours, and have to go before them."""
        ours = {(one.app_label, one.name) for one in our_migrations(self.loader)}
        dependent = {key for mine in ours for key in self.loader.graph.backwards_plan(mine)}
        return [(self.loader.graph.nodes[key], key in ours) for key in reversed(_plan(self.loader)) if key in dependent]

    def back(self, migration: Migration) -> None:
        self.executor.unapply_migration(self._before(migration), migration)

    def forth(self, migration: Migration) -> None:
        self.executor.apply_migration(self._before(migration), migration)

    def _before(self, migration: Migration) -> Any:
        return self.loader.project_state((migration.app_label, migration.name), at_end=False)
