"""The console's own scheduled work: looking whether anything was lost."""

from __future__ import annotations

from datetime import timedelta

from angarium.engine.tasks.public import Done, Slot, task

from .audit.looking import look
from .audit.report import EVERY, as_output, last_look


@task(every=EVERY, catch_up=EVERY, timeout=timedelta(minutes=5), max_attempts=2, outside=True)
def audit(slot: Slot) -> Done:
    """Reads a snapshot of its own, hence `outside`. An outage is not made up for: one look sees it all."""
    last = last_look()
    return Done(as_output(look(last.position if last else None)))
