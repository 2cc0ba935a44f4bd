"""The one way a head moves: head, transition, side tables and counters together, under the head's lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from angarium.engine.events.public import wake
from angarium.kernel.clock import now

from .counters import note
from .errors import NoOperation
from .models import DeadLetter, Due, Operation, Transition
from .states import TERMINAL, State

#: The columns of a head that ever change; the others, large ones among them, are written once.
MOVING = (
    "state", "stage", "progress_done", "progress_total", "message", "epoch", "seq", "claims", "worker", "metadata",
    "output", "error", "updated_at", "finished_at",
)  # fmt: skip


def locked(ids: list[UUID], *, skip: bool = False) -> dict[UUID, Operation]:
    """These heads, locked in the order of their ids; with `skip` only those that nobody else holds."""
    rows = Operation.objects.select_for_update(skip_locked=skip, no_key=True).filter(id__in=ids).order_by("id")
    return {row.id: row for row in rows}


def locked_one(id: UUID) -> Operation:
    """This head, locked. NoOperation when there is none."""
    try:
        return locked([id])[id]
    except KeyError:
        raise NoOperation from None


def control(head: Operation, state: State, *, worker: str = "", message: str = "", error: Any = None) -> None:
    """The ledger's own move: a new epoch, so that whoever worked before is refused from here on."""
    before = head.state
    head.epoch, head.seq, head.state, head.worker = head.epoch + 1, 0, state, worker
    head.message, head.error = message or head.message, error if error is not None else head.error
    Transition.objects.create(
        operation=head, epoch=head.epoch, seq=0, state=state, worker=worker, message=message, error=error
    )
    save_head(head, before)


def save_head(head: Operation, before: str) -> None:
    """Write a head that moved from `before`, count the move, and tidy the side tables when it ended."""
    head.updated_at = now()
    if head.state in TERMINAL:
        head.finished_at = head.updated_at
    head.save(update_fields=MOVING)
    note([(head.kind, before, head.state)])
    if head.state in TERMINAL and before not in TERMINAL:
        _end(head)


def schedule(id: UUID, at: datetime | None, *, epoch: int | None = None) -> None:
    """Give an open operation back to the dispatcher, due at `at` (None: not until resumed)."""
    Due.objects.filter(operation_id=id).update(
        due_at=at, claimed=False, publishes=0, epoch=F("epoch") if epoch is None else epoch
    )
    transaction.on_commit(wake, robust=True)


def lease(id: UUID, epoch: int, seconds: float) -> datetime:
    """Lend an operation to the holder of `epoch` for so many seconds; returns until when."""
    until = now() + timedelta(seconds=seconds)
    Due.objects.filter(operation_id=id).update(due_at=until, claimed=True, epoch=epoch, publishes=0)
    return until


def _end(head: Operation) -> None:
    due = Due.objects.filter(operation_id=head.id).first()
    Due.objects.filter(operation_id=head.id).delete()
    if head.state == State.FAILED:
        DeadLetter.objects.create(operation=head, kind=head.kind, reason=_reason(head))
    if due is not None and due.order_key:
        _let_next_run(due)


def _let_next_run(ended: Due) -> None:
    waiting = Due.objects.filter(kind=ended.kind, order_key=ended.order_key, claimed=False, due_at__isnull=False)
    following = waiting.order_by("ordinal", "operation_id").first()
    if following is None:
        return
    head_state = Operation.objects.values_list("state", flat=True).get(id=following.operation_id)
    if head_state == State.QUEUED:
        schedule(following.operation_id, now())


def _reason(head: Operation) -> str:
    if isinstance(head.error, dict) and head.error.get("message"):
        return str(head.error["message"])[:1000]
    return (head.message or "failed")[:1000]
