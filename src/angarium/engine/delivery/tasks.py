"""Delivering: the one place that calls a channel."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from angarium.engine.tasks.public import Cancel, Done, Fail, Outcome, Retry, Run, storable, task
from angarium.kernel.clock import now

from .channel import Message, PermanentFailure, Receipt
from .metrics import moved
from .models import Delivery
from .sending import channel_named


@task(outside=True, timeout=timedelta(minutes=2), max_attempts=5)
def deliver(run: Run, delivery: UUID) -> Outcome:
    """Send one delivery. The row says `sent` in the same transaction in which the operation succeeds."""
    row = Delivery.objects.filter(id=delivery).first()
    if row is None:
        return Cancel("The delivery is gone.")
    if row.state == Delivery.State.SENT:
        return Done({"delivery": str(row.id), "already": True})
    try:
        receipt = channel_named(row.channel).deliver(message_of(row))
    except PermanentFailure as failure:
        why = storable(failure.message)[:1000]
        return Fail(why, record=lambda: _failed(row, why, run, final=True))
    except Exception as failure:  # noqa: BLE001  an unknown failure of a provider is tried again, within the budget
        why = storable(f"{type(failure).__name__}: {failure}")[:1000]
        last = run.attempt >= run.claim.max_claims
        return Retry(because=why, record=lambda: _failed(row, why, run, final=last))
    return Done({"delivery": str(row.id)}, record=lambda: _sent(row, run, receipt))


def message_of(row: Delivery) -> Message:
    """The row rendered in the recipient's language."""
    with translation.override(row.language):
        body = render_to_string(f"{row.template}.txt", {**row.context, "to": row.to})
    return Message(id=row.id, to=row.to, subject=row.subject, body=body.rstrip("\n"))


def _sent(row: Delivery, run: Run, receipt: Receipt) -> None:
    Delivery.objects.filter(id=row.id).update(state=Delivery.State.SENT, attempts=run.attempt, error="", sent_at=now())
    moved(row.channel, Delivery.State.SENT)
    if receipt.after_commit is not None:
        transaction.on_commit(receipt.after_commit)


def _failed(row: Delivery, why: str, run: Run, *, final: bool) -> None:
    state = Delivery.State.FAILED if final else Delivery.State.QUEUED
    Delivery.objects.filter(id=row.id).update(state=state, attempts=run.attempt, error=why)
    moved(row.channel, state)
