"""Messages as one can follow them: they move as the operations that deliver them do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from angarium.engine.ledger.public import Operation
from angarium.engine.live.public import Topic, topic

from .models import Delivery
from .seeing import may_read_deliveries, reads_all

KINDS = frozenset({"delivery.deliver", "delivery.deliver_patiently"})


def audience(id: str) -> set[UUID]:
    """To whom it is addressed."""
    try:
        found = Delivery.objects.filter(id=UUID(id)).values_list("person", flat=True)
    except ValueError:
        return set()
    return {person for person in found if person is not None}


def delivered_by(operations: Sequence[Operation]) -> Mapping[UUID, str]:
    """Which of these operations deliver which message."""
    ours = [one.id for one in operations if one.kind in KINDS]
    rows = Delivery.objects.filter(operation__in=ours).values_list("operation", "id") if ours else ()
    return {operation: str(id) for operation, id in rows if operation is not None}


DELIVERIES = topic(
    Topic(
        name="delivery",
        module="",
        reads_all=reads_all,
        reads=may_read_deliveries,
        audience=audience,
        of_work=delivered_by,
    )
)
