"""Asking for a message: a row and the operation that delivers it, in the asker's transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

from angarium.engine.ledger.public import bound_event, start

from .channel import Channel, Recipient
from .metrics import moved
from .models import Delivery

CHANNELS = {"log": "angarium.engine.delivery.channels.log.Log"}
_instances: dict[str, Channel] = {}


def channel_named(name: str) -> Channel:
    """The channel of this name. KeyError when there is none."""
    if name not in _instances:
        _instances[name] = import_string(CHANNELS[name])()
    return _instances[name]


def send(
    *,
    to: Recipient,
    template: str,
    channel: str,
    key: str,
    subject: str = "",
    context: dict[str, Any] | None = None,
) -> Delivery:
    """Have `template` (without `.txt`) rendered with `context` and `to`, and sent to one person through one channel.

    `subject` names what it is about (`lessons.lesson:7`). With a `key` that was used before on this channel nothing
    new is sent, and the first row is returned. KeyError for an unknown channel.
    """
    channel_named(channel)
    with transaction.atomic():
        delivery, new = Delivery.objects.get_or_create(
            channel=channel,
            key=key,
            defaults={
                "template": template,
                "subject": subject,
                "context": context or {},
                "recipient_kind": to.kind,
                "recipient_id": to.id,
                "recipient_name": to.name,
                "address": to.address,
                "language": to.language,
                "timezone": to.timezone,
                "event_id": bound_event(),
            },
        )
        if new:
            delivery.operation = start("delivery.deliver", key=str(delivery.id), delivery=str(delivery.id))
            delivery.save(update_fields=["operation"])
            moved(channel, Delivery.State.QUEUED)
    return delivery


def deliveries_of(subject: str, *, limit: int = 100) -> list[Delivery]:
    """The newest `limit` deliveries about a subject, oldest first."""
    return list(Delivery.objects.filter(subject=subject).order_by("-id")[:limit])[::-1]
