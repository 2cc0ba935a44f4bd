"""Changing the rows of a table in batches, each a transaction that also says how far it came.

A process that is killed loses the batch it was at; the next one goes on behind the last that was committed. So each row
is changed once, and the change need not be one that can be repeated. Two processes at once take turns. Rows that are
written meanwhile with a key behind the position are left as they are: whoever writes them writes them right already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from angarium.engine.observability.public import get_logger

log = get_logger(__name__)
#: Gets the model as it is at this migration, and rows of it that are locked, in the order of their keys; writes them.
Change = Callable[[Any, list[Any]], None]


def unchanged(model: Any, rows: list[Any]) -> None:
    """Nothing has to be done in this direction: what was written is dropped, or still right."""


class InBatches(Operation):
    """Calls `forwards` or `backwards` with each batch of a table's rows. The migration must say `atomic = False`, and
    depend on ("schema", "0001_initial")."""

    category = OperationCategory.PYTHON
    reduces_to_sql = False
    reversible = True
    atomic = False

    def __init__(self, name: str, model_name: str, *, forwards: Change, backwards: Change, size: int = 1000) -> None:
        self.name, self.model_name, self.size = name, model_name, size
        self.forwards, self.backwards = forwards, backwards

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Rows are no part of the state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(app_label, schema_editor, from_state.apps, self.forwards, backwards=False)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(app_label, schema_editor, from_state.apps, self.backwards, backwards=True)

    def describe(self) -> str:
        return f"Change the rows of {self.model_name} in batches of {self.size}"

    def _run(self, app: str, editor: BaseDatabaseSchemaEditor, apps: Any, change: Change, *, backwards: bool) -> None:
        if editor.atomic_migration or editor.connection.in_atomic_block:
            raise IrreversibleError(f"{app}.{self.name} changes rows in batches: its migration needs atomic = False.")
        if change is unchanged:
            return
        alias = editor.connection.alias
        while self._batch(app, apps, alias, change, backwards=backwards):
            pass

    def _batch(self, app: str, apps: Apps, alias: str, change: Change, *, backwards: bool) -> bool:
        """Change the next rows; False when there are none."""
        model, lines = apps.get_model(app, self.model_name), apps.get_model("schema", "Backfill").objects.using(alias)
        with transaction.atomic(using=alias):
            lines.filter(app=app, name=self.name, backwards=not backwards).delete()
            line, _ = lines.select_for_update().get_or_create(app=app, name=self.name, backwards=backwards)
            rows = [] if line.done else self._rows(model, alias, line.position)
            if rows:
                change(model, rows)
                line.position = model._meta.pk.value_to_string(rows[-1])
                line.rows += len(rows)
            line.done = not rows
            line.save()
        log.info("schema.batch", app=app, name=self.name, backwards=backwards, rows=line.rows, done=line.done)
        return bool(rows)

    def _rows(self, model: type[models.Model], alias: str, position: str) -> list[Any]:
        rows = model._base_manager.using(alias).select_for_update().order_by("pk")
        if position:
            rows = rows.filter(pk__gt=model._meta.pk.to_python(position))
        return list(rows[: self.size])


def forget(connection: BaseDatabaseWrapper, app: str, *, unfinished: bool) -> None:
    """Take the lines of an app away once its migration is recorded. What was left unfinished goes only when a migration
    was taken back: the column that was being filled may be gone with it."""
    from .models import Backfill

    if Backfill._meta.db_table in connection.introspection.table_names():
        lines = Backfill.objects.using(connection.alias).filter(app=app)
        (lines if unfinished else lines.filter(done=True)).delete()
