"""Asking for a message: a row and the operation that delivers it, in the asker's transaction; calling one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from angarium.engine.identity.public import current_principal
from angarium.engine.ledger.public import AlreadyFinal, NoOperation, bound_event, start
from angarium.engine.ledger.public import cancel as cancel_operation
from angarium.kernel.clock import now

from .channel import Attachment, Patient, Recipient
from .channels import channel_named
from .errors import Overtaken
from .models import Delivery
from .moves import move, note_step
from .rendering import SAME_AS
from .states import WAITING, State


def send(
    *,
    to: Recipient,
    template: str,
    channel: str,
    key: str,
    subject: str = "",
    context: dict[str, Any] | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    urgent: bool = False,
    attachments: Sequence[Attachment] = (),
    topic: str = "",
) -> Delivery:
    """Have `template` rendered with `context` and `to`, and sent to one person through one channel.

    `subject` names what it is about (`lessons.lesson:7`). With a `key` that was used before on this channel nothing
    new is sent, and the first row is returned. It is deferred until `not_before`; after `not_after` it is worth
    nothing and expires. What is `urgent` waits neither for quiet hours nor for its turn in the provider's rate, and
    its context is forgotten once it is sent. `topic` is the kind of message (`lessons.reminder`) that one can
    unsubscribe from; without one it always goes. KeyError for an unknown channel.
    """
    channel_named(channel)
    with transaction.atomic():
        delivery, new = Delivery.objects.get_or_create(
            channel=channel,
            key=key,
            defaults={
                **recipient_columns(to),
                **_place(not_before),
                "template": template,
                "subject": subject,
                "topic": topic,
                "context": context or {},
                "attachments": [one.stored for one in attachments],
                "urgent": urgent,
                "not_after": not_after,
                "event_id": bound_event(),
            },
        )
        if new:
            _begin(delivery)
    return delivery


def send_again(sent: Delivery, *, key: str, not_after: datetime | None = None) -> Delivery:
    """Have a message that has ended sent once more, as another row under this `key` with all that the first one said.
    It keeps the first one's id for the provider, so a receiver that has it sees it once. Asked twice with one key it
    is sent again once."""
    kept = {name: getattr(sent, name) for name in _SAME}
    context = {**sent.context, SAME_AS: sent.context.get(SAME_AS, str(sent.id))}
    with transaction.atomic():
        delivery, new = Delivery.objects.get_or_create(
            channel=sent.channel, key=key, defaults={**kept, "context": context, "not_after": not_after}
        )
        if new:
            _begin(delivery)
    return delivery


#: What a message that is sent again has of the first one.
_SAME = frozenset({
    "template", "subject", "topic", "attachments", "recipient_kind", "recipient_id", "recipient_name", "person",
    "address", "language", "timezone", "quiet", "urgent", "event_id",
})  # fmt: skip


def _begin(delivery: Delivery) -> None:
    """The operation that delivers a new row, and the first line of its timeline."""
    kind = "delivery.deliver_patiently" if isinstance(channel_named(delivery.channel), Patient) else "delivery.deliver"
    delivery.operation = start(kind, key=str(delivery.id), run_at=delivery.not_before, delivery=str(delivery.id))
    delivery.save(update_fields=["operation"])
    note_step(delivery)


def _place(not_before: datetime | None) -> dict[str, Any]:
    """Where a new row stands: queued, or deferred until its time."""
    if not_before is None or not_before <= now():
        return {"state": State.QUEUED, "not_before": not_before}
    because = "It was asked for a later time."
    return {"state": State.DEFERRED, "not_before": not_before, "due_at": not_before, "because": because}


def recipient_columns(to: Recipient) -> dict[str, Any]:
    """A recipient as the columns of a row made of AbstractDelivery."""
    return {
        "recipient_kind": to.kind,
        "recipient_id": to.id,
        "recipient_name": to.name,
        "person": to.person,
        "address": to.address,
        "language": to.language,
        "timezone": to.timezone,
        "quiet": "" if to.quiet is None else str(to.quiet),
    }


def cancel(delivery: UUID | None = None, *, channel: str = "", key: str = "", because: str) -> bool:
    """Call a message back, by its id or by its channel and key. False when it is too late (a worker is sending it, or
    it has ended), or when there is none."""
    which = {"id": delivery} if delivery is not None else {"channel": channel, "key": key}
    row = Delivery.objects.filter(**which, state__in=WAITING).first()
    if row is None:
        return False
    try:
        with transaction.atomic():  # the operation first, as a worker that stores its outcome does
            _cancel_operation(row, because)
            move(row, State.CANCELLED, because=because)
    except (AlreadyFinal, Overtaken):
        return False
    return True


def _cancel_operation(row: Delivery, because: str) -> None:
    if row.operation is None:
        return
    try:
        cancel_operation(row.operation, current_principal(), because=because)
    except NoOperation:
        return
