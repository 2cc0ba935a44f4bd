"""Messages as one can follow them: they move as the operations that deliver them do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation
from angarium.engine.live.public import Topic, topic

from .models import Delivery
from .seeing import deliveries_seen_by, reads_all

KIND = "delivery.deliver"


def may_read(principal: Principal, id: str) -> bool:
    try:
        return deliveries_seen_by(principal).filter(id=UUID(id)).exists()
    except ValueError:
        return False


def delivered_by(operations: Sequence[Operation]) -> Mapping[UUID, str]:
    """Which of these operations deliver which message."""
    ours = [one.id for one in operations if one.kind == KIND]
    rows = Delivery.objects.filter(operation__in=ours).values_list("operation", "id") if ours else ()
    return {operation: str(id) for operation, id in rows if operation is not None}


DELIVERIES = topic(Topic(name="delivery", module="", may_read=may_read, reads_all=reads_all, of_work=delivered_by))
