"""Working off one message: the ids of one task's operations, in order, for a third of a second.

How many go together is felt out per task: twice as many after each time that went well, at most as many as their own
code lets into one short transaction (what claiming and storing cost does not count: it costs less the more there are),
one after a failure. What the message still holds when its time is up, or when the worker drains, goes
back to the dispatcher, which deals it out anew: so a message too large for a slow task holds nobody up for long.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from django.db import close_old_connections

from angarium.engine.events.public import wake
from angarium.engine.ledger.public import unpublished

from .celery import draining
from .execute import execute
from .registry import task_named
from .together import LONGEST, execute_together

MOST = 200
PATIENCE = 0.3
#: One that alone takes no longer than this may be tried with others.
SHORT = 0.25
_sizes: dict[str, int] = {}


def work_off(name: str, ids: Sequence[UUID]) -> None:
    """Run these operations of the task of this name, many at once where it is `batched`."""
    task = task_named(name)
    batched = task is not None and task.batched
    began = time.monotonic()
    while ids:
        late = time.monotonic() - began > PATIENCE
        if late or draining():
            unpublished(ids, after=0)
            if late:
                wake()
            return
        close_old_connections()
        size = _sizes.get(name, 1) if batched else 1
        _run(name, ids[:size])
        ids = ids[size:]


def _run(name: str, ids: Sequence[UUID]) -> None:
    began = time.monotonic()
    if len(ids) == 1:
        execute(ids[0])
        _sizes[name] = 2 if time.monotonic() - began < SHORT else 1
        return
    seconds = execute_together(ids)
    if seconds is not None:
        _sizes[name] = min(2 * len(ids), MOST, 1 + int(LONGEST / max(seconds, 1e-6)))
