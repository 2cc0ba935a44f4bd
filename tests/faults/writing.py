"""Writers: they ask for something, commit it or roll it back, and write both into the history."""

from __future__ import annotations

from django.db import transaction

from angarium.engine.events.public import publish
from tests.faults.history import record
from tests.faults.work.facts import Placed, Tried

KINDS = {"placed": Placed, "tried": Tried}


def write(name: str, *, box: str, kind: str = "placed", events: int = 1, undone: bool = False) -> None:
    """One transaction with so many events of one box, or none of it."""
    event = KINDS[kind]
    record("asked", write=name, type=event.type, events=events)
    with transaction.atomic():
        publish(*(event(box=box, write=name) for _ in range(events)))
        transaction.set_rollback(undone)
    record("answered", write=name, status="rolled back" if undone else 201)
