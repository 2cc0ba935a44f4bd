"""Operations as one can follow them: whoever may see one hears where it stands."""

from __future__ import annotations

from uuid import UUID

from angarium.engine.ledger.public import Operation
from angarium.engine.live.public import Topic, topic

from .queries import may_read_operations, reads_all


def audience(id: str) -> set[UUID]:
    """Who caused it."""
    try:
        found = Operation.objects.filter(id=UUID(id)).values_list("actor", flat=True)
    except ValueError:
        return set()
    return {actor for actor in found if actor is not None}


OPERATIONS = topic(
    Topic(name="operation", module="operations", reads_all=reads_all, reads=may_read_operations, audience=audience)
)
