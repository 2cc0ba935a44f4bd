"""The one way a delivery moves: its state by the table of moves, a line of its timeline, and it is counted."""

from __future__ import annotations

from typing import Any

from angarium.engine.tasks.public import storable

from .errors import Overtaken
from .metrics import moved
from .models import AbstractDelivery, DeliveryStep
from .states import LIFECYCLE

LONGEST = 1000


def move(row: AbstractDelivery, to: str, *, because: str = "", answer: str = "", **changes: Any) -> None:
    """Move `row` and write `changes`, in the caller's transaction. IllegalMove by the table of moves; Overtaken when
    it was moved since `row` was read. Waiting on for the same reason is no new line."""
    LIFECYCLE.check(row.state, to)
    because, waits_on = bounded(because), to == row.state == "deferred"
    same = waits_on and because == row.because
    changes = {**changes, "state": to, "because": because}
    if not type(row)._default_manager.filter(pk=row.pk, state=row.state).update(**changes):
        raise Overtaken
    for name, value in changes.items():
        setattr(row, name, value)
    if not same:
        note_step(row, answer=answer)


def note_step(row: AbstractDelivery, *, answer: str = "") -> None:
    """Write where the row stands into its timeline, and count it."""
    DeliveryStep.objects.create(
        delivery=row.pk, state=row.state, because=row.because, attempt=row.attempts, answer=bounded(answer)
    )
    moved(row.channel, row.state)


def bounded(text: str) -> str:
    """As much of a reason as a column keeps, without letters that no database does."""
    return storable(text)[:LONGEST]
