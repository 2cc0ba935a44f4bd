"""Looking at deliveries: whose they are, what is about a subject, why she did not get it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from angarium.engine.identity.public import Principal

from .errors import NoDelivery
from .models import Delivery, DeliveryStep


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline: a move, why, at which attempt, and what the provider said."""

    at: datetime
    state: str
    because: str
    attempt: int
    answer: str


def deliveries_of(subject: str, *, limit: int = 100) -> list[Delivery]:
    """The newest `limit` deliveries about a subject, oldest first."""
    return list(Delivery.objects.filter(subject=subject).order_by("-id")[:limit])[::-1]


def may_read_deliveries(principal: Principal) -> bool:
    """May this principal see messages at all? Which ones is another question."""
    return principal.may("deliveries:read")


def reads_all(principal: Principal) -> bool:
    """Staff and services see all messages."""
    return principal.is_staff and may_read_deliveries(principal)


def deliveries_seen_by(principal: Principal) -> QuerySet[Delivery]:
    """All, or what was addressed to a member."""
    if reads_all(principal):
        return Delivery.objects.all()
    if not may_read_deliveries(principal):
        return Delivery.objects.none()
    return Delivery.objects.filter(person=principal.id) if principal.id else Delivery.objects.none()


def access_delivery(principal: Principal, id: UUID) -> Delivery:
    """The delivery, if this principal may see it. NoDelivery otherwise."""
    delivery = deliveries_seen_by(principal).filter(id=id).first()
    if delivery is None:
        raise NoDelivery
    return delivery


def may_cancel(principal: Principal) -> bool:
    """May this principal call messages back?"""
    return principal.is_staff and principal.may("deliveries:write")


def found(
    rows: QuerySet[Delivery], *, subject: str = "", state: str = "", channel: str = "", recipient: str = ""
) -> QuerySet[Delivery]:
    """Those about a subject, in a state, by a channel, to somebody (`student:7`)."""
    kind, _, id = recipient.partition(":")
    wanted = {"subject": subject, "state": state, "channel": channel, "recipient_kind": kind, "recipient_id": id}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def delivery_timeline(id: UUID) -> list[Step]:
    """What happened to one message, oldest first. One row's few lines, so it is not paged."""
    rows = DeliveryStep.objects.filter(delivery=id).order_by("id")
    return [Step(*row) for row in rows.values_list("at", "state", "because", "attempt", "answer")]
