"""Claiming: how exactly one worker at a time gets an operation, for as long as its lease runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from angarium.kernel.clock import now

from . import metrics
from .errors import NotClaimable
from .models import Due, Operation
from .order import blocked, one_at_a_time
from .states import CLAIMABLE, TERMINAL, State
from .tallies import Harmless, tally
from .write import control, lease, let_wait, locked_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a worker gets: the epoch is its fencing token, `attempt` counts claims from 1."""

    operation: UUID
    kind: str
    epoch: int
    attempt: int
    max_claims: int
    lease_until: datetime
    input: dict[str, Any]
    actor: UUID | None
    event_id: UUID | None


def claim(id: UUID, *, worker: str, lease_seconds: float) -> Claim:
    """Claim an open operation that is due. NotClaimable says why not; NoOperation when there is none.

    An operation that has spent its claims is failed here, by whoever comes next.
    """
    with transaction.atomic():
        head = locked_one(id)
        repeated = came_twice(head.state, head.claims)
        why_not = _why_not(head)
        if why_not is None and head.claims < head.max_claims:
            return _give(head, worker, lease_seconds)
        if why_not is None:
            control(head, State.FAILED, message="Every attempt was spent.", error=head.error or spent(head))
            why_not = "every attempt was spent"
    if repeated:
        tally(Harmless.DUPLICATE)
    raise NotClaimable(f"The operation cannot be claimed now: {why_not}.", state=head.state)


def came_twice(state: str, claims: int) -> bool:
    """Is a call for an operation in this state one too many?"""
    return state == State.RUNNING or (state in TERMINAL and claims > 0)


def spent(head: Operation) -> dict[str, Any]:
    return {
        "code": "attempts_spent",
        "message": f"All {head.max_claims} attempts were spent without an outcome.",
    }


def _give(head: Operation, worker: str, lease_seconds: float) -> Claim:
    head.claims += 1
    control(head, State.RUNNING, worker=worker)
    metrics.claimed(head.kind)
    return Claim(
        operation=head.id,
        kind=head.kind,
        epoch=head.epoch,
        attempt=head.claims,
        max_claims=head.max_claims,
        lease_until=lease(head.id, head.epoch, lease_seconds),
        input=head.input,
        actor=head.actor,
        event_id=head.event_id,
    )


def _why_not(head: Operation) -> str | None:
    if head.state not in CLAIMABLE:
        return f"it is {head.state}"
    due = Due.objects.get(operation_id=head.id)
    if head.state != State.QUEUED and not due.publishes and due.due_at is not None and due.due_at > now():
        return "it is not due yet"
    if due.order_key and _must_wait(due):
        let_wait([head.id])
        return "another one with the same order key comes first"
    return None


def _must_wait(due: Due) -> bool:
    one_at_a_time((due.kind, due.order_key))
    return blocked(Due.objects.filter(pk=due.pk)).exists()


def renew(held: Iterable[tuple[UUID, int]], *, lease_seconds: float) -> set[UUID]:
    """Renew the leases of these (operation, epoch); returns the operations that are still held."""
    until = now() + timedelta(seconds=lease_seconds)
    return {
        operation
        for operation, epoch in sorted(held)
        if Due.objects.filter(operation_id=operation, epoch=epoch, claimed=True).update(due_at=until)
    }
