"""What people do to operations: cancel, pause, resume, retry by hand; one, or many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now

from .errors import AlreadyFinal, NotPaused, StillOpen
from .kinds import is_known
from .models import DeadLetter, Operation, Transition
from .start import Work, start_many
from .states import LIFECYCLE, TERMINAL, State
from .write import control, control_many, locked, locked_one, schedule


def cancel(id: UUID, by: Principal, *, because: str = "") -> Operation:
    """End an open operation. A worker that has it is refused from now on. AlreadyFinal when it has ended."""
    with transaction.atomic():
        head = locked_one(id)
        if head.state in TERMINAL:
            raise AlreadyFinal(state=head.state)
        control(head, State.CANCELLED, message=because or f"Cancelled by {by.name}.")
    return head


def cancel_many(ids: Sequence[UUID], by: Principal, *, because: str = "") -> list[UUID]:
    """End those of these operations that are open, in a fixed number of statements; returns which that were."""
    with transaction.atomic():
        heads = [head for head in locked(ids).values() if head.state not in TERMINAL]
        if heads:
            control_many(heads, State.CANCELLED, message=because or f"Cancelled by {by.name}.")
    return [head.id for head in heads]


def pause(id: UUID, by: Principal, *, because: str = "") -> Operation:
    """Take an open operation out of the running until it is resumed."""
    with transaction.atomic():
        head = locked_one(id)
        LIFECYCLE.check(head.state, State.PAUSED)
        control(head, State.PAUSED, message=because or f"Paused by {by.name}.")
        schedule({head.id: None}, epoch=head.epoch)
    return head


def resume(id: UUID, by: Principal, *, because: str = "") -> Operation:
    """Let a paused operation run again. NotPaused for any other: a running one is not taken from its worker."""
    with transaction.atomic():
        head = locked_one(id)
        if head.state != State.PAUSED:
            raise NotPaused(state=head.state)
        control(head, State.QUEUED, message=because or f"Resumed by {by.name}.")
        schedule({head.id: now()}, epoch=head.epoch)
    return head


def retry(id: UUID, by: Principal, *, because: str = "") -> UUID:
    """Start the same work again as a new operation linked by `retry_of`; the old history stays as it is.

    Asked twice it is the same new operation. StillOpen when the operation has not ended.
    """
    with transaction.atomic():
        head = locked_one(id)
        if head.state not in TERMINAL:
            raise StillOpen(state=head.state)
        return _again([head], by, because)[0]


def retry_many(ids: Sequence[UUID], by: Principal, *, because: str = "") -> list[UUID]:
    """Retry those of these operations that have ended, that nobody has retried and that somebody here knows, in a fixed
    number of statements; returns which that were."""
    with transaction.atomic():
        heads = locked(ids)
        retried = set(Operation.objects.filter(retry_of__among=list(heads)).values_list("retry_of", flat=True))
        ended = [head for head in heads.values() if head.state in TERMINAL and head.id not in retried]
        known = {kind for kind in {head.kind for head in ended} if is_known(kind)}
        again = [head for head in ended if head.kind in known]
        if again:
            _again(again, by, because)
    return [head.id for head in again]


def _again(heads: Sequence[Operation], by: Principal, because: str) -> list[UUID]:
    DeadLetter.objects.filter(operation__among=[head.id for head in heads]).delete()
    parts = [head.id for head in heads if head.parent]
    begun = Transition.objects.filter(operation__among=parts, epoch=0, seq=0) if parts else Transition.objects.none()
    stages = dict(begun.values_list("operation_id", "stage"))  # as it began: reports may have changed it since
    return start_many(
        [
            Work(
                kind=head.kind,
                input=head.input,
                key=f"retry:{head.id}",
                actor=by.id or head.actor,
                event_id=head.event_id,
                retry_of=head.id,
                parent=head.parent,
                stage=stages.get(head.id, ""),
                message=because,
            )
            for head in heads
        ]
    )
