"""HR-17: the checklist of docs/how-to/add-a-migration.md, asked of every migration, and each rule of a bad example."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from angarium.engine.schema.public import AddConstraintNotValid, AddIndexConcurrently, InBatches, unchanged
from tests.architecture.tree import ROOT, refuse
from tests.migrations.losses import REASONS
from tests.migrations.releases import (
    apps_of_the_record,
    columns,
    large_tables,
    last_release,
    newer_than_the_last_release,
)
from tests.migrations.rules import ALWAYS, EXCEPTIONS, SINCE_THE_LAST_RELEASE, broken
from tests.migrations.steps import our_labels, our_migrations

GUIDE = ROOT / "docs" / "how-to" / "add-a-migration.md"
TITLE = models.CharField(max_length=50, null=True)
BY_TITLE = models.Index(fields=["title"], name="events_event_title")
NOT_EMPTY = models.CheckConstraint(condition=~models.Q(title=""), name="events_event_titled")


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def test_hr_17_every_migration_keeps_the_rules(loader: MigrationLoader) -> None:
    released = loader.project_state(last_release())
    newer = [(one.app_label, one.name) for one in newer_than_the_last_release(loader)]
    found = []
    for migration in our_migrations(loader):
        key = (migration.app_label, migration.name)
        rules = {**ALWAYS, **(SINCE_THE_LAST_RELEASE if key in newer else {})}
        before = loader.project_state(key, at_end=False)
        found += [f"{migration}: {line}" for line in broken(migration, before, released, rules)]
    refuse(found, "see docs/how-to/add-a-migration.md")


def test_hr_17_reasons_are_sentences_and_name_rules_that_there_are(loader: MigrationLoader) -> None:
    for migration in our_migrations(loader):
        excused, lost = getattr(migration, EXCEPTIONS, {}), getattr(migration, REASONS, {})
        assert set(excused) <= set(ALWAYS) | set(SINCE_THE_LAST_RELEASE), migration
        assert all(len(reason.split()) > 3 and reason.endswith(".") for reason in [*excused.values(), *lost.values()])


def test_hr_17_the_record_names_only_migrations_that_there_are(loader: MigrationLoader) -> None:
    assert apps_of_the_record() == sorted(set(apps_of_the_record()) & our_labels())
    for release in columns().values():
        assert set(release.items()) <= set(loader.graph.nodes)


def test_hr_17_what_was_released_has_its_column(loader: MigrationLoader) -> None:
    """The first heading of the changelog is unreleased, or the last column is its own and has the newest migrations."""
    version, rest = re.findall(r"^## ([\d.]+)(.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    released = [column for column in columns() if re.fullmatch(r"[\d.]+", column)]
    if "unreleased" in rest:
        assert version not in released
    else:
        assert released[-1:] == [version]
        assert newer_than_the_last_release(loader) == []


def test_hr_17_large_tables_are_tables_of_ours(loader: MigrationLoader) -> None:
    tables = {f"{app}_{name}" for app, name in loader.project_state().models}
    assert large_tables() <= tables
    assert large_tables() >= {"events_event", "ledger_transition", "mailings_message", "timeoff_entry"}


def test_hr_17_the_guide_has_a_line_for_every_rule() -> None:
    assert set(re.findall(r"^\* `([a-z-]+)`", GUIDE.read_text(), re.MULTILINE)) == {*ALWAYS, *SINCE_THE_LAST_RELEASE}


def state(**columns: models.Field[Any, Any]) -> ProjectState:
    """A release with one large table."""
    fields = [("id", models.BigAutoField(primary_key=True)), *columns.items()]
    made = ProjectState()
    made.add_model(ModelState("events", "Event", fields))
    return made


def judged(*operations: Operation, **attributes: Any) -> list[str]:
    """The rules that a migration of such a release with these operations breaks."""
    migration = type("Migration", (Migration,), {"operations": list(operations), **attributes})("0009_x", "events")
    rules = {**ALWAYS, **SINCE_THE_LAST_RELEASE}
    return [line.partition(":")[0] for line in broken(migration, state(title=TITLE), state(title=TITLE), rules)]


def run(apps: Any, schema_editor: Any) -> None:
    """What some migration does."""


DECLARED = {"lost_on_the_way_back": {"events_event.more": "It was not there before."}}
IN_BATCHES = InBatches("x", "event", forwards=unchanged, backwards=unchanged)


@pytest.mark.parametrize(
    ("rule", "operation"),
    [
        ("breaks-inserts", migrations.AddField("event", "more", models.TextField(default=""))),
        ("takes-away", migrations.RemoveField("event", "title")),
        ("takes-away", migrations.RenameField("event", "title", "name")),
        ("takes-away", migrations.RenameModel("Event", "Happening")),
        ("takes-away", migrations.AlterModelTable("event", "happening")),
        ("takes-away", migrations.DeleteModel("Event")),
        ("takes-away", migrations.SeparateDatabaseAndState([migrations.RemoveField("event", "title")], [])),
        ("narrows", migrations.AlterField("event", "title", models.CharField(max_length=50, default=""))),
        ("narrows", migrations.AlterField("event", "title", models.CharField(max_length=49, null=True))),
        ("narrows", migrations.AlterField("event", "title", models.CharField(max_length=50, null=True, unique=True))),
        ("narrows", migrations.AlterField("event", "title", models.IntegerField(null=True))),
        ("holds-up-writers", migrations.AddIndex("event", BY_TITLE)),
        ("holds-up-writers", migrations.AddConstraint("event", NOT_EMPTY)),
        ("holds-up-writers", migrations.AddField("event", "more", models.IntegerField(null=True, db_index=True))),
        ("changes-all-rows-at-once", migrations.RunPython(run, run)),
        ("changes-all-rows-at-once", migrations.RunSQL("SELECT 1", "SELECT 1")),
        ("cannot-go-back", migrations.RunPython(run)),
        ("cannot-go-back", migrations.RunSQL("SELECT 1")),
        ("stops-half-way", IN_BATCHES),
        ("stops-half-way", AddIndexConcurrently("event", BY_TITLE)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Operation) else value,
)
def test_hr_17_what_the_last_release_or_its_users_would_suffer_from_is_refused(rule: str, operation: Operation) -> None:
    assert rule in judged(operation, **DECLARED)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("event", "more", models.TextField(null=True)),
        migrations.AddField("event", "more", models.TextField(default="", db_default="")),
        migrations.AlterField("event", "title", models.CharField(max_length=80, null=True)),
        migrations.RemoveField("event", "never_released"),
        migrations.CreateModel("More", [("id", models.BigAutoField(primary_key=True))]),
        AddConstraintNotValid("event", NOT_EMPTY),
    ],
    ids=lambda value: type(value).__name__,
)
def test_hr_17_what_the_last_release_does_not_notice_is_right(operation: Operation) -> None:
    lost = {"events_event.more events_more": "It was not there before."}
    older = state(title=TITLE, never_released=TITLE)
    migration = type("Migration", (Migration,), {"operations": [operation], REASONS: lost})("0009_x", "events")
    assert broken(migration, older, state(title=TITLE), {**ALWAYS, **SINCE_THE_LAST_RELEASE}) == []


def test_hr_17_what_can_be_repeated_needs_no_transaction_and_the_rest_does() -> None:
    assert judged(IN_BATCHES, AddIndexConcurrently("event", BY_TITLE), atomic=False) == []
    more = migrations.AddField("event", "more", models.TextField(null=True))
    assert judged(IN_BATCHES, more, atomic=False, **DECLARED) == ["stops-half-way"]


def test_hr_17_a_table_that_goes_with_the_migration_is_named_or_refused() -> None:
    made = migrations.CreateModel("More", [("id", models.BigAutoField(primary_key=True))])
    assert judged(made) == ["loses-silently"]
    assert judged(made, initial=True) == []


def test_hr_17_an_exception_is_for_one_rule_and_has_a_reason() -> None:
    excused = {EXCEPTIONS: {"holds-up-writers": "The table has ten rows."}}
    assert judged(migrations.AddIndex("event", BY_TITLE), **excused) == []
    assert judged(migrations.RunPython(run, run), **excused) == ["changes-all-rows-at-once"]
