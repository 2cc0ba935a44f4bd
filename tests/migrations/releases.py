"""docs/reference/releases.md: which migrations the last release has, and which tables are large."""

from __future__ import annotations

import re
from functools import cache

from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from tests.architecture.tree import ROOT
from tests.migrations.steps import Key, our_migrations

RECORD = ROOT / "docs" / "reference" / "releases.md"
NONE = "–"


def columns() -> dict[str, dict[str, str]]:
    """For each release, in order, the last migration of each app; without apps that it did not have."""
    head, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in RECORD.read_text().splitlines()
        if line.startswith("| ")
    ]
    return {
        name: {row[0]: row[place] for row in rows if row[place] != NONE}
        for place, name in enumerate(head[1:], start=1)
    }


def apps_of_the_record() -> list[str]:
    return [line.split("|")[1].strip() for line in RECORD.read_text().splitlines() if line.startswith("| ")][1:]


@cache
def large_tables() -> frozenset[str]:
    return frozenset(re.findall(r"`(\w+)`", RECORD.read_text().partition("## Large tables")[2]))


def last_release() -> list[Key]:
    """Where the newest release of the record stands."""
    return list(list(columns().values())[-1].items())


def newer_than_the_last_release(loader: MigrationLoader) -> list[Migration]:
    known = {key for leaf in last_release() for key in loader.graph.forwards_plan(leaf)}
    return [one for one in our_migrations(loader) if (one.app_label, one.name) not in known]
