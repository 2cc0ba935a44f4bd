"""Delivering: the one place that calls a channel."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from angarium.engine.tasks.public import Cancel, Done, Fail, Outcome, Retry, Run, task
from angarium.kernel.clock import now

from .channel import Message, PermanentFailure, Receipt
from .channels import channel_named
from .models import Delivery
from .moves import bounded, move


@task(outside=True, timeout=timedelta(minutes=2), max_attempts=5)
def deliver(run: Run, delivery: UUID) -> Outcome:
    """Send one delivery. The row says `sent` in the same transaction in which the operation succeeds."""
    row = Delivery.objects.filter(id=delivery).first()
    if row is None:
        return Cancel("The delivery is gone.")
    if row.state == Delivery.State.SENT:
        return Done({"delivery": str(row.id), "already": True})
    with transaction.atomic():
        move(row, Delivery.State.SENDING, attempts=row.attempts + 1)
    try:
        receipt = channel_named(row.channel).deliver(message_of(row))
    except PermanentFailure as failure:
        why = bounded(failure.message)
        return Fail(why, record=lambda: move(row, "failed", because=why))
    except Exception as failure:  # noqa: BLE001  an unknown failure of a provider is tried again, within the budget
        why = bounded(f"{type(failure).__name__}: {failure}")
        state = "failed" if run.attempt >= run.claim.max_claims else "queued"
        return Retry(because=why, record=lambda: move(row, state, because=why))
    return Done({"delivery": str(row.id)}, record=lambda: _sent(row, run, receipt))


def message_of(row: Delivery) -> Message:
    """The row rendered in the recipient's language."""
    with translation.override(row.language):
        body = render_to_string(f"{row.template}.txt", {**row.context, "to": row.to})
    return Message(id=row.id, to=row.to, subject=row.subject, body=body.rstrip("\n"))


def _sent(row: Delivery, run: Run, receipt: Receipt) -> None:
    move(row, "sent", sent_at=now())
    if receipt.after_commit is not None:
        transaction.on_commit(receipt.after_commit)
