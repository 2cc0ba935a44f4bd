"""What people and services do to operations, each after asking whether they may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation, cancel, pause, resume, retry
from angarium.kernel.errors import Forbidden

from .queries import access_operation, may_steer


def cancel_operation(id: UUID, *, by: Principal) -> Operation:
    """End an open operation. AlreadyFinal when it has ended."""
    return _steer(id, by, lambda: cancel(id, by))


def pause_operation(id: UUID, *, by: Principal) -> Operation:
    """Take an open operation out of the running. IllegalMove when it is not open."""
    return _steer(id, by, lambda: pause(id, by))


def resume_operation(id: UUID, *, by: Principal) -> Operation:
    """Let a paused operation run again. IllegalMove when it is not paused."""
    return _steer(id, by, lambda: resume(id, by))


def retry_operation(id: UUID, *, by: Principal) -> Operation:
    """Start the same work again as a new operation. StillOpen when it has not ended."""
    return _steer(id, by, lambda: Operation.objects.get(id=retry(id, by)))


def retry_operations(ids: Sequence[UUID], *, by: Principal) -> list[Operation]:
    """Retry many, all or none of them: Forbidden or NoOperation for one leaves the others as they are."""
    with transaction.atomic():
        return [retry_operation(id, by=by) for id in sorted(set(ids))]


def _steer(id: UUID, by: Principal, act: Callable[[], Operation]) -> Operation:
    with transaction.atomic():
        if not may_steer(by, access_operation(by, id)):
            raise Forbidden
        return act()
