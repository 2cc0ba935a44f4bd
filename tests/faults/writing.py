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


def write_many(name: str, *, boxes: int, each: int) -> None:
    """So many boxes, box after box once for each parcel, so that the boxes' events mix; every fourth is undone."""
    for parcel in range(each):
        for box in range(boxes):
            number = parcel * boxes + box
            kind = "tried" if number % 3 == 0 else "placed"
            write(f"{name}-{number}", box=f"{name}-{box}", kind=kind, events=1 + number % 2, undone=number % 4 == 3)
