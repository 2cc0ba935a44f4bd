"""Check constraints of large tables: first for what is written from now on, then, without a lock that matters, for what
is there. On SQLite, where a constraint is a part of the table, both at once."""

from __future__ import annotations

from django.contrib.postgres import operations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint
from django.db.migrations.state import ProjectState

from .patience import unlimited


class AddConstraintNotValid(operations.AddConstraintNotValid):
    """Holds for new rows at once."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        plain = schema_editor.connection.vendor != "postgresql"
        add = AddConstraint.database_forwards if plain else operations.AddConstraintNotValid.database_forwards
        add(self, app_label, schema_editor, from_state, to_state)


class ValidateConstraint(operations.ValidateConstraint):
    """In a later migration than the first, so that its scan is not in the transaction that holds the lock."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            with unlimited(schema_editor.connection):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
