"""What a provider says later of a message that it took: it arrived, or it came back."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from .models import Delivery
from .moves import move
from .states import State
from .suppression import suppress


def arrived(delivery: UUID, *, answer: str = "") -> bool:
    """Note that it was delivered. False for what is not `sent`: a report may come twice, or for nothing of ours."""
    with transaction.atomic():
        row = _sent(delivery)
        if row is None:
            return False
        move(row, State.DELIVERED, answer=answer)
    return True


def bounced(delivery: UUID, *, because: str, answer: str = "", address_is_dead: bool = False) -> bool:
    """Note that it came back, and write to a dead address no more. False for what is not `sent`."""
    with transaction.atomic():
        row = _sent(delivery)
        if row is None:
            return False
        move(row, State.FAILED, because=because, answer=answer)
        if address_is_dead:
            suppress(row.channel, row.address, because, by="delivery")
    return True


def _sent(delivery: UUID) -> Delivery | None:
    return Delivery.objects.select_for_update().filter(id=delivery, state=State.SENT).first()
