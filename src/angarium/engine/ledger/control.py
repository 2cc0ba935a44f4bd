"""What people do to operations: cancel, pause, resume, retry by hand."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now

from .errors import AlreadyFinal, NotPaused, StillOpen
from .models import DeadLetter, Operation
from .start import Work, start_many
from .states import LIFECYCLE, TERMINAL, State
from .write import control, locked_one, schedule


def cancel(id: UUID, by: Principal, *, because: str = "") -> Operation:
    """End an open operation. A worker that has it is refused from now on. AlreadyFinal when it has ended."""
    with transaction.atomic():
        head = locked_one(id)
        if head.state in TERMINAL:
            raise AlreadyFinal(state=head.state)
        control(head, State.CANCELLED, message=because or f"Cancelled by {by.name}.")
    return head


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
        DeadLetter.objects.filter(operation_id=id).delete()
        work = Work(
            kind=head.kind,
            input=head.input,
            key=f"retry:{head.id}",
            actor=by.id or head.actor,
            event_id=head.event_id,
            retry_of=head.id,
            parent=head.parent,
            stage=head.stage if head.parent else "",
            message=because,
        )
        return start_many([work])[0]
