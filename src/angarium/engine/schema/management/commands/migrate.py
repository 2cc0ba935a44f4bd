"""`migrate` as Django has it, with an end to waiting: for a lock, for a statement, and for the next attempt."""

from __future__ import annotations

import random
import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations import Migration

from angarium.engine.observability.public import get_logger
from angarium.engine.schema.batches import forget
from angarium.engine.schema.patience import is_locked, limited

log = get_logger(__name__)
#: Seconds between attempts: twice as many each time, up to the second number.
_PAUSE, _LONGEST = 0.25, 10.0


class Command(migrate.Command):
    help = migrate.Command.help + " A lock that others hold is waited for MIGRATION_LOCK_TIMEOUT, and tried again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.database = options["database"]
        for attempt in range(1, settings.MIGRATION_ATTEMPTS + 1):
            try:
                with limited(connections[self.database]):
                    super().handle(*args, **options)
                    return
            except OperationalError as error:
                if not is_locked(error):
                    raise
                self._pause(attempt, error)

    def _pause(self, attempt: int, error: OperationalError) -> None:
        """CommandError when this was the last attempt."""
        log.warning("schema.locked", attempt=attempt, of=settings.MIGRATION_ATTEMPTS, error=str(error).strip())
        if attempt == settings.MIGRATION_ATTEMPTS:
            raise CommandError(
                "Others hold a lock that this needs. What was being changed is as it was. End their transactions "
                "(`angarium doctor` names long ones) and migrate again, or raise MIGRATION_ATTEMPTS."
            ) from error
        time.sleep(min(_PAUSE * 2 ** (attempt - 1), _LONGEST) * random.uniform(0.5, 1))  # noqa: S311

    def migration_progress_callback(self, action: str, migration: Migration | None = None, fake: bool = False) -> None:
        super().migration_progress_callback(action, migration, fake)
        if migration is not None and action in {"apply_success", "unapply_success"}:
            back = action == "unapply_success"
            if back or not migration.atomic:
                forget(connections[self.database], migration.app_label, unfinished=back)
