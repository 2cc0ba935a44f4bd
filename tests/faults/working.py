"""Working without a broker: what is due is handed to the code that a Celery worker runs, in this very process."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from angarium.engine.events.public import stamp
from angarium.engine.ledger.public import Call, Due, take_due
from angarium.engine.tasks.celery import app
from angarium.kernel.clock import now


def deliver(kind: str, ids: Sequence[UUID]) -> None:
    """One message, as the worker gets it from the broker."""
    app.tasks[kind].run([str(id) for id in ids])


def deliver_all(calls: Sequence[Call], *, most: int = 5, dice: random.Random | None = None) -> None:
    """These calls in messages of at most so many, the messages in an order that the dice decide."""
    kinds = sorted({call.kind for call in calls})
    messages = []
    for kind in kinds:
        ids = [call.operation for call in calls if call.kind == kind]
        messages += [(kind, ids[first : first + most]) for first in range(0, len(ids), most)]
    if dice is not None:
        dice.shuffle(messages)
    for kind, ids in messages:
        deliver(kind, ids)


def finish() -> None:
    """What relay and workers do until everything has ended or waits for a time that is far; leases and short pauses
    are over at once."""
    while True:
        stamped = stamp()
        calls = take_due()
        soon = Due.objects.filter(due_at__lt=now() + timedelta(hours=1))
        if not calls and not stamped and not soon.update(due_at=now()):
            return
        deliver_all(calls, most=50)
