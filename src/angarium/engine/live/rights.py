"""Saying that somebody's rights have changed in a way that no event tells of."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from angarium.contracts.live import RightsChanged
from angarium.engine.events.public import publish


def rights_changed(person: UUID | None = None) -> None:
    """Have it asked again what this person may read, or everybody: in the transaction that changes it, if there is
    one."""
    with transaction.atomic():
        publish(RightsChanged(person_id=person))
