"""What a migration may not do, told from its operations (docs/how-to/add-a-migration.md says what to do instead).

class Migration(migrations.Migration):
    right_all_the_same = {"holds-up-writers": "The table has ten rows."}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunPython, RunSQL
from django.db.migrations.state import ProjectState

from angarium.engine.schema.public import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    InBatches,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from tests.migrations.losses import declared, made_by, made_of, operations_of
from tests.migrations.releases import large_tables

EXCEPTIONS = "right_all_the_same"
_AGAIN = (AddIndexConcurrently, RemoveIndexConcurrently, InBatches, ValidateConstraint)
_ALONE = (AddIndexConcurrently, RemoveIndexConcurrently, InBatches)


@dataclass(frozen=True)
class Step:
    """One operation of a migration. `released` is the state of the last release, `before` that which it is done to."""

    migration: Migration
    operation: Operation
    before: ProjectState
    released: ProjectState

    @property
    def model(self) -> tuple[str, str]:
        name = getattr(self.operation, "model_name", None) or getattr(self.operation, "name", "")
        return self.migration.app_label, name.lower()

    @property
    def is_released(self) -> bool:
        """Does the last release have this table?"""
        return self.model in self.released.models

    @property
    def is_large(self) -> bool:
        return self.is_released and "_".join(self.model) in large_tables()

    def field(self, state: ProjectState) -> Any:
        return state.models[self.model].fields[self.operation.name] if self.model in state.models else None  # type: ignore[attr-defined]


def cannot_go_back(step: Step) -> bool:
    """RunPython and RunSQL say what undoes them."""
    return not step.operation.reversible


def breaks_inserts(step: Step) -> bool:
    """The last release does not name a new column when it inserts: it is null, or the database has a default."""
    if not isinstance(step.operation, migrations.AddField) or not step.is_released:
        return False
    field = step.operation.field
    return not (field.null or field.has_db_default() or field.many_to_many or field.generated)


def takes_away(step: Step) -> bool:
    """The last release reads and writes by the old names. First release what does not need them."""
    match step.operation:
        case migrations.RenameField() | migrations.RenameModel() | migrations.AlterModelTable():
            return step.is_released or step.migration.app_label in {app for app, _ in step.released.models}
        case migrations.DeleteModel():
            return step.is_released
        case migrations.RemoveField(name=name):
            return step.is_released and name in step.released.models[step.model].fields
    return False


def narrows(step: Step) -> bool:
    """What the last release may write is refused: no null any more, shorter, another type, unique, a foreign key."""
    if not isinstance(step.operation, migrations.AlterField) or not step.is_released:
        return False
    old, new = step.field(step.before), step.operation.field
    return old is not None and any(_narrower(old, new))


def _narrower(old: Any, new: Any) -> Iterator[bool]:
    yield old.null and not new.null
    yield new.unique and not old.unique
    yield old.get_internal_type() != new.get_internal_type()
    yield getattr(new, "db_constraint", True) and not getattr(old, "db_constraint", True)
    for limit in ("max_length", "max_digits", "decimal_places"):
        before, after = getattr(old, limit, None), getattr(new, limit, None)
        yield after is not None and (before is None or after < before)


def holds_up_writers(step: Step) -> bool:
    """On a large table: an index not built concurrently, a constraint that is checked at once, a column rewritten."""
    match step.operation:
        case AddIndexConcurrently() | RemoveIndexConcurrently() | AddConstraintNotValid() | ValidateConstraint():
            return False
        case migrations.AddIndex() | migrations.AddConstraint() | migrations.AlterUniqueTogether():
            return step.is_large
        case migrations.AddField(field=field):
            return step.is_large and (field.unique or field.db_index or field.remote_field is not None)
        case migrations.AlterField(field=field):
            return step.is_large and _works_through_the_rows(step.field(step.before), field)
    return False


def _works_through_the_rows(old: Any, new: Any) -> bool:
    """A longer text does not."""
    kinds = old.get_internal_type() != new.get_internal_type()
    return kinds or (old.null and not new.null) or (new.db_index and not old.db_index) or (new.unique and not old.unique)


def changes_all_rows_at_once(step: Step) -> bool:
    """Where an app has large tables, rows are changed in batches."""
    large = {table.partition("_")[0] for table in large_tables()} & {app for app, _ in step.released.models}
    return isinstance(step.operation, RunPython | RunSQL) and step.migration.app_label in large


def stops_half_way(step: Step) -> bool:
    """What is in no transaction can be stopped between two operations: all of them can be repeated then. And what
    cannot be in a transaction says so."""
    if step.migration.atomic:
        return isinstance(step.operation, _ALONE)
    return not isinstance(step.operation, _AGAIN)


def loses_silently(step: Step) -> bool:
    """Taken back, it drops tables and columns: the migration says which, and what that costs."""
    missing = made_by(step.migration) - declared(step.migration)
    return bool(missing.intersection(made_of(step.migration, step.operation)))


#: Rules that every migration keeps, and those that hold from the last release on.
ALWAYS: dict[str, Callable[[Step], bool]] = {
    "cannot-go-back": cannot_go_back,
    "stops-half-way": stops_half_way,
    "loses-silently": loses_silently,
}
SINCE_THE_LAST_RELEASE: dict[str, Callable[[Step], bool]] = {
    "breaks-inserts": breaks_inserts,
    "takes-away": takes_away,
    "narrows": narrows,
    "holds-up-writers": holds_up_writers,
    "changes-all-rows-at-once": changes_all_rows_at_once,
}


def broken(
    migration: Migration, before: ProjectState, released: ProjectState, rules: dict[str, Callable[[Step], bool]]
) -> list[str]:
    """`rule: what breaks it`, once for each operation, apart from the exceptions that the migration gives a reason for."""
    found, excused = [], getattr(migration, EXCEPTIONS, {})
    for operation in operations_of(migration):
        step = Step(migration, operation, before, released)
        found += [f"{name}: {operation.describe()}" for name, rule in rules.items() if rule(step)]
        operation.state_forwards(migration.app_label, before)
    return [line for line in found if line.partition(":")[0] not in excused]
