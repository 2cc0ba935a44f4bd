"""Addresses that are not written to, with the reason: dead ones, and kinds of message that somebody has refused."""

from __future__ import annotations

from django.db.models import QuerySet

from angarium.engine.observability.public import get_logger
from angarium.kernel.errors import Invalid

from .channels import CHANNELS
from .models import AbstractDelivery, Suppression
from .moves import bounded

_log = get_logger(__name__)
#: Every kind of message that has a topic.
EVERY_TOPIC = "*"


def suppress(channel: str, address: str, because: str, by: str, *, topic: str = "") -> Suppression:
    """Write to this address no more: not at all, or not on a `topic` (`*` for all that have one). Asked twice the
    first reason stays. Invalid, naming the field, for a channel that there is not and for no address."""
    if channel not in CHANNELS:
        raise Invalid(f"There is no such channel; there are {', '.join(CHANNELS)}.", field="channel")
    if not folded(address):
        raise Invalid("Give the address.", field="address")
    row, _new = Suppression.objects.get_or_create(
        channel=channel,
        address=folded(address),
        topic=topic,
        defaults={"because": bounded(because), "by": by[:200]},
    )
    return row


def unsuppress(channel: str, address: str, by: str, *, topic: str = "") -> bool:
    """Write to it again. False when it was not suppressed."""
    row = Suppression.objects.filter(channel=channel, address=folded(address), topic=topic).first()
    if row is None:
        return False
    _log.info("delivery.unsuppressed", channel=channel, suppression_id=str(row.id), because=row.because, by=by)
    row.delete()
    return True


def suppressions(channel: str = "", address: str = "") -> QuerySet[Suppression]:
    """All, or those of a channel, or of an address."""
    rows = Suppression.objects.all()
    if channel:
        rows = rows.filter(channel=channel)
    return rows.filter(address=folded(address)) if address else rows


def suppression_of(row: AbstractDelivery) -> Suppression | None:
    """What keeps this message from being sent, if anything does."""
    topics = ["", EVERY_TOPIC, row.topic] if row.topic else [""]
    return suppressions(row.channel, row.address).filter(topic__in=topics).first() if row.address else None


def folded(address: str) -> str:
    """Addresses that differ in case only are one: so providers treat them, whatever RFC 5321 allows."""
    return address.strip().casefold()[:320]
