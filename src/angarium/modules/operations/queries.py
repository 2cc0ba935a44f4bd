"""Which operations a principal may see, and how they are found without scanning history."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import TERMINAL, DeadLetter, NoOperation, Operation, Transition


def may_read_operations(principal: Principal) -> bool:
    """May this principal see operations at all? Which ones is another question."""
    return principal.may("operations:read")


def reads_all(principal: Principal) -> bool:
    """Staff and services see all operations."""
    return principal.is_staff and may_read_operations(principal)


def operations_for(principal: Principal) -> QuerySet[Operation]:
    """All, or what a member caused."""
    if reads_all(principal):
        return Operation.objects.all()
    if not may_read_operations(principal):
        return Operation.objects.none()
    return Operation.objects.filter(actor=principal.id) if principal.id else Operation.objects.none()


def access_operation(principal: Principal, id: UUID) -> Operation:
    """The operation, if this principal may see it. NoOperation otherwise."""
    operation = operations_for(principal).filter(id=id).first()
    if operation is None:
        raise NoOperation
    return operation


def may_steer(principal: Principal, operation: Operation) -> bool:
    """May this principal cancel, pause, resume or retry it? Staff every one, others what they caused."""
    return principal.may("operations:write") and (principal.is_staff or operation.actor == principal.id)


def filtered(rows: QuerySet[Operation], *, kind: str = "", state: str = "") -> QuerySet[Operation]:
    """Those of a kind and in a state. States are not indexed in the head; open ones are found through their side
    table."""
    if kind:
        rows = rows.filter(kind=kind)
    if not state:
        return rows
    if state not in TERMINAL:
        return rows.filter(state=state, due__isnull=False)
    return rows.filter(state=state)


def transitions_of(operation: Operation) -> QuerySet[Transition]:
    """Its history, the newest (epoch, seq) first; what came late stands where it belongs."""
    return operation.transitions.order_by("-epoch", "-seq")


def moves_of(operation: Operation) -> QuerySet[Transition]:
    """The reports that changed its state, the newest first."""
    return transitions_of(operation).filter(verdict=Transition.Verdict.APPLIED).exclude(state="")


def siblings_of(operation: Operation, principal: Principal) -> QuerySet[Operation]:
    """What else the same event started, as far as this principal may see it."""
    if operation.event_id is None:
        return Operation.objects.none()
    return operations_for(principal).filter(event_id=operation.event_id).exclude(id=operation.id).order_by("id")


def dead_letters_for(principal: Principal, *, kind: str = "", reason: str = "") -> QuerySet[DeadLetter]:
    """Failed operations that nobody has retried, as far as this principal may see them, the newest first."""
    rows = DeadLetter.objects.select_related("operation").order_by("-operation_id")
    if not principal.may("operations:read"):
        return rows.none()
    if not principal.is_staff:
        rows = rows.filter(operation__actor=principal.id) if principal.id else rows.none()
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(reason__icontains=reason) if reason else rows


def retries_of(operation: Operation) -> QuerySet[Operation]:
    return Operation.objects.filter(retry_of=operation.id).order_by("id")
