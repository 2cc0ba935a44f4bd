"""HR-17: a change of a table that others use gives up soon, leaves everything as it was, and works when it is repeated."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from angarium.engine.schema.patience import limited
from tests.migrations.structure import structure
from tests.migrations.swapping import another

pytestmark = pytest.mark.django_db
ROW = "INSERT INTO parcels_parcel (id, weight, changes) VALUES ('00000000000000000000000000000001', '2', 0)"
DUPLICATES = "CREATE UNIQUE INDEX CONCURRENTLY parcels_parcel_grams ON parcels_parcel (changes)"


def migrate(name: str) -> None:
    call_command("migrate", "parcels", name, verbosity=0)


def applied(connection: BaseDatabaseWrapper) -> list[str]:
    return sorted(name for app, name in MigrationRecorder(connection).applied_migrations() if app == "parcels")


@contextmanager
def somebody_writing(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """Another transaction that has written a row and is not over."""
    other = another(connection)
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(ROW)
        yield other
    finally:
        other.rollback()
        other.close()


class AtFirstWarning(logging.Handler):
    """Does something when the first attempt was given up."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self.act, self.seen = act, 0

    def emit(self, record: logging.LogRecord) -> None:
        self.seen += 1
        if self.seen == 1:
            self.act()


def test_hr_17_it_gives_up_within_its_time_and_leaves_everything_as_it_was(
    parcels: BaseDatabaseWrapper, settings: Any
) -> None:
    migrate("0001")
    before = structure(parcels)
    settings.MIGRATION_LOCK_TIMEOUT, settings.MIGRATION_ATTEMPTS = 0.1, 2
    with somebody_writing(parcels) as other:
        began = time.monotonic()
        with pytest.raises(CommandError, match="Others hold a lock"):
            migrate("0002")
        assert 0.2 <= time.monotonic() - began < 5
        assert structure(parcels) == before
        assert applied(parcels) == ["0001_initial"]
        other.commit()  # whoever was there first was not disturbed
    migrate("0002")
    with parcels.cursor() as cursor:
        cursor.execute("SELECT weight, grams FROM parcels_parcel")
        assert cursor.fetchall() == [("2", None)]


def test_hr_17_it_tries_again_until_the_lock_is_free(parcels: BaseDatabaseWrapper, settings: Any) -> None:
    migrate("0001")
    settings.MIGRATION_LOCK_TIMEOUT, settings.MIGRATION_ATTEMPTS = 0.1, 20
    with somebody_writing(parcels) as other:
        watching = AtFirstWarning(other.rollback)
        logging.getLogger().addHandler(watching)
        try:
            migrate("0002")
        finally:
            logging.getLogger().removeHandler(watching)
    assert watching.seen == 1
    assert applied(parcels) == ["0001_initial", "0002_grams"]


@pytest.mark.postgres
def test_hr_17_no_statement_runs_for_longer_than_it_may(empty: BaseDatabaseWrapper, settings: Any) -> None:
    settings.MIGRATION_STATEMENT_TIMEOUT = 0.1
    with empty.cursor() as cursor:
        with limited(empty), pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(60)")
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("0", "0")


@pytest.mark.postgres
def test_hr_17_an_index_that_was_left_half_built_is_built_again(parcels: BaseDatabaseWrapper) -> None:
    migrate("0003")
    with parcels.cursor() as cursor:
        cursor.execute(ROW)
        cursor.execute(ROW.replace("1'", "2'"))
        with pytest.raises(IntegrityError):
            cursor.execute(DUPLICATES)
    assert [line for line in structure(parcels) if line.endswith("INVALID")]
    migrate("0004")
    assert [line for line in structure(parcels) if "parcels_parcel_grams" in line] == [
        "index CREATE INDEX parcels_parcel_grams ON public.parcels_parcel USING btree (grams)"
    ]
    MigrationRecorder(parcels).record_unapplied("parcels", "0004_by_grams")  # killed before it was recorded
    migrate("0004")
    assert applied(parcels)[-1] == "0004_by_grams"


def test_hr_17_a_constraint_holds_for_new_rows_first_and_then_for_all(parcels: BaseDatabaseWrapper) -> None:
    migrate("0005")
    wrong = ROW.replace("changes)", "changes, grams)").replace("0)", "0, -2)")
    with parcels.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(wrong)
    migrate("0006")
    everything = structure(parcels)
    migrate("0004")
    with parcels.cursor() as cursor:
        cursor.execute(wrong)
    if parcels.vendor == "postgresql":
        migrate("0005")  # what is there already is let be
        with pytest.raises(IntegrityError):
            migrate("0006")
    with parcels.cursor() as cursor:
        cursor.execute("DELETE FROM parcels_parcel")
    migrate("0006")
    assert structure(parcels) == everything
