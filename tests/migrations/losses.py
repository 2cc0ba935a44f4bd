"""What a migration loses when it is taken back: what it says itself, and what its operations make.

class Migration(migrations.Migration):
    lost_on_the_way_back = {"delivery_provider delivery_delivery.quiet": "Written anew with the next attempt."}

The keys are tables and columns (`table.column`), with blanks between them; an initial migration has no need to say it.
"""

from __future__ import annotations

from django.db import models
from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunPython, RunSQL, SeparateDatabaseAndState

REASONS = "lost_on_the_way_back"


def operations_of(migration: Migration) -> list[Operation]:
    """What is done to the database, also where state and database are told apart."""
    found: list[Operation] = []
    for operation in migration.operations:
        apart = isinstance(operation, SeparateDatabaseAndState)
        found += operation.database_operations if apart else [operation]
    return found


def declared(migration: Migration) -> set[str]:
    if migration.initial:
        return made_by(migration)
    return {name for names in getattr(migration, REASONS, {}) for name in names.split()}


def made_by(migration: Migration) -> set[str]:
    """Tables that there were none of before, and columns of those that there were."""
    found = {name for operation in operations_of(migration) for name in made_of(migration, operation)}
    return {name for name in found if "." not in name or name.partition(".")[0] not in found}


def runs_code(migration: Migration) -> bool:
    return any(isinstance(operation, RunPython | RunSQL) for operation in operations_of(migration))


def made_of(migration: Migration, operation: Operation) -> list[str]:
    """The table or the column that an operation makes."""
    app = migration.app_label
    if isinstance(operation, CreateModel):
        own = not operation.options.get("proxy")
        return [str(operation.options.get("db_table", f"{app}_{operation.name_lower}"))] if own else []
    if isinstance(operation, AddField):
        field = operation.field
        reference = "_id" if isinstance(field, models.ForeignKey) else ""
        return [f"{app}_{operation.model_name_lower}.{field.db_column or operation.name + reference}"]
    return []
