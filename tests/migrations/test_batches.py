"""HR-18: rows of before keep their meaning when a migration changes them, in batches that go on after a kill."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from angarium.engine.schema.models import Backfill
from angarium.engine.schema.public import InBatches, unchanged
from tests.faults.scene import LONG
from tests.migrations.swapping import address
from tests.servers.polling import eventually
from tests.servers.processes import Process

pytestmark = pytest.mark.django_db
#: Of a batch, as in the migration.
SIZE = 25
#: What an old release wrote, and what it is in grams.
WEIGHTS = [("1,5", 1500), (None, None), ("", 0), ("?", -1), ("0,001", 1), ("12", 12000), ("2,25", 2250)]
ROWS = [(uuid.UUID(int=number * 2**64 + 7), *WEIGHTS[number % len(WEIGHTS)]) for number in range(6 * SIZE - 10)]


def parcels_at(name: str) -> Any:
    """The manager of the table as it is after this migration."""
    loader = MigrationLoader(None)
    key = ("parcels", loader.get_migration_by_prefix("parcels", name).name)
    return loader.project_state(key).apps.get_model("parcels", "Parcel").objects


def migrate(name: str) -> Any:
    call_command("migrate", "parcels", name, verbosity=0)
    return parcels_at(name)


def enter() -> None:
    """Rows of the release before."""
    old = migrate("0002")
    old.bulk_create(old.model(id=id, weight=weight) for id, weight, _ in ROWS)


def kept(rows: Any, *columns: str) -> list[Any]:
    return list(rows.order_by("id").values_list("id", *columns))


def test_hr_18_null_empty_and_legacy_values_keep_their_meaning_both_ways(parcels: BaseDatabaseWrapper) -> None:
    enter()
    assert kept(migrate("0003"), "grams", "changes") == [(id, grams, 1) for id, _, grams in ROWS]
    parcels_at("0003").update(weight="lost")  # what the reversal restores comes from the grams alone
    assert kept(migrate("0002"), "weight", "changes") == [(id, weight, 0) for id, weight, _ in ROWS]
    assert kept(migrate("0003"), "grams", "changes") == [(id, grams, 1) for id, _, grams in ROWS]
    assert not Backfill.objects.exists()


@pytest.mark.processes
@pytest.mark.parametrize("stopped_at", [3 * SIZE + 4, *([0, len(ROWS) - 1] if LONG else [])])
def test_hr_18_killed_in_the_middle_it_goes_on_and_changes_each_row_once(
    parcels: BaseDatabaseWrapper, tmp_path: Path, stopped_at: int
) -> None:
    enter()
    stopped = tmp_path / "stopped"
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.migrations.settings",
        "DATABASE_URL": address(parcels),
        "PARCELS_STOP_AT": str(ROWS[stopped_at][0]),
        "PARCELS_STOPPED": str(stopped),
    }
    with Process("manage.py", "migrate", "parcels", "0003", program="python", environment=environment) as process:
        eventually(stopped.exists, what=lambda: process.output)
        process.kill()
    committed = stopped_at // SIZE * SIZE
    assert kept(parcels_at("0003"), "changes") == [(id, int(n < committed)) for n, (id, *_) in enumerate(ROWS)]
    assert ("parcels", "0003_fill_grams") not in MigrationRecorder(parcels).applied_migrations()
    assert kept(migrate("0003"), "grams", "changes") == [(id, grams, 1) for id, _, grams in ROWS]
    assert not Backfill.objects.exists()


def test_hr_18_stopped_on_the_way_back_it_goes_on_there(
    parcels: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enter()
    migrate("0003")
    monkeypatch.setenv("PARCELS_STOP_AT", str(ROWS[2 * SIZE][0]))
    monkeypatch.setenv("PARCELS_STOPPED", str(tmp_path / "no such folder" / "stopped"))
    with pytest.raises(FileNotFoundError):
        migrate("0002")
    assert [row.changes for row in parcels_at("0003").order_by("id")] == [0] * 2 * SIZE + [1] * (len(ROWS) - 2 * SIZE)
    monkeypatch.delenv("PARCELS_STOP_AT")
    assert kept(migrate("0002"), "weight", "changes") == [(id, weight, 0) for id, weight, _ in ROWS]


def test_hr_18_what_was_begun_and_taken_back_begins_anew(
    parcels: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The column that was half filled is gone, and is filled from the first row when it comes again."""
    enter()
    monkeypatch.setenv("PARCELS_STOP_AT", str(ROWS[3 * SIZE][0]))
    monkeypatch.setenv("PARCELS_STOPPED", str(tmp_path / "no such folder" / "stopped"))
    with pytest.raises(FileNotFoundError):
        migrate("0003")
    monkeypatch.delenv("PARCELS_STOP_AT")
    assert Backfill.objects.get().rows == 3 * SIZE
    migrate("0001")
    assert kept(migrate("0003"), "grams") == [(id, grams) for id, _, grams in ROWS]


def test_hr_18_in_a_transaction_it_would_be_one_batch_and_is_refused(parcels: BaseDatabaseWrapper) -> None:
    migrate("0002")
    state = MigrationLoader(None).project_state(("parcels", "0003_fill_grams"))
    change = InBatches("x", "parcel", forwards=lambda model, rows: None, backwards=unchanged)
    with parcels.schema_editor() as editor, pytest.raises(IrreversibleError, match="needs atomic = False"):
        change.database_forwards("parcels", editor, state, state)
