"""Operations as one can follow them: whoever may see one hears where it stands."""

from __future__ import annotations

from uuid import UUID

from angarium.engine.identity.public import Principal
from angarium.engine.live.public import Topic, topic

from .queries import operations_for, reads_all


def may_read(principal: Principal, id: str) -> bool:
    try:
        return operations_for(principal).filter(id=UUID(id)).exists()
    except ValueError:
        return False


OPERATIONS = topic(Topic(name="operation", module="operations", may_read=may_read, reads_all=reads_all))
