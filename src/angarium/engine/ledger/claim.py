"""Claiming: how exactly one worker at a time gets an operation, for as long as its lease runs.

Who claims over a network may never hear the answer. With the same `key` it is told again what it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from angarium.kernel.clock import now

from . import metrics
from .errors import NotClaimable
from .kinds import is_remote
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
    metadata: dict[str, Any] = field(default_factory=dict)
    stage: str = ""
    retry_of: UUID | None = None
    parent: UUID | None = None


def claim_digest(worker: str, key: str) -> str:
    """What is remembered of a claim's key; empty without one."""
    return hashlib.sha256(f"{worker}\n{key}".encode()).hexdigest() if key else ""


def claim(id: UUID, *, worker: str, lease_seconds: float, key: str = "") -> Claim:
    """Claim an open operation that is due. NotClaimable says why not; NoOperation when there is none.

    An operation that has spent its claims is failed here, by whoever comes next.
    """
    claim_key = claim_digest(worker, key)
    held = claim_held(id, claim_key, lease_seconds) if key else None
    if held is not None:
        return held
    with transaction.atomic():
        head = locked_one(id)
        repeated = came_twice(head.state, head.claims)
        why_not = _why_not(head)
        if why_not is None and head.claims < head.max_claims:
            return _give(head, worker, lease_seconds, claim_key)
        if why_not is None:
            control(head, State.FAILED, message="Every attempt was spent.", error=head.error or spent(head))
            why_not = "every attempt was spent"
    if repeated:
        tally(Harmless.DUPLICATE)
    raise NotClaimable(f"The operation cannot be claimed now: {why_not}.", state=head.state)


def claim_held(id: UUID, claim_key: str, lease_seconds: float) -> Claim | None:
    """The claim that was given for this key, with a new lease; None when it is not held any more."""
    with transaction.atomic():
        head = locked_one(id)
        if not _holds(head, claim_key):
            return None
        return _lend(head, lease_seconds, claim_key)


def came_twice(state: str, claims: int) -> bool:
    """Is a call for an operation in this state one too many?"""
    return state == State.RUNNING or (state in TERMINAL and claims > 0)


def spent(head: Operation) -> dict[str, Any]:
    return {
        "code": "attempts_spent",
        "message": f"All {head.max_claims} attempts were spent without an outcome.",
    }


def _holds(head: Operation, claim_key: str) -> bool:
    """Was it given to whoever sent this, and has nothing been heard of it since?"""
    mine = Due.objects.filter(operation_id=head.id, claimed=True, epoch=head.epoch, claim_key=claim_key)
    return head.state == State.RUNNING and head.seq == 0 and mine.exists()


def _give(head: Operation, worker: str, lease_seconds: float, claim_key: str) -> Claim:
    head.claims += 1
    head.started_at = head.started_at or now()
    head.progress_done = head.progress_total = None
    control(head, State.RUNNING, worker=worker)
    metrics.claimed(head.kind)
    return _lend(head, lease_seconds, claim_key)


def _lend(head: Operation, lease_seconds: float, claim_key: str) -> Claim:
    until = lease(head.id, head.epoch, lease_seconds, claim_key, slack=slack_of(head.kind))
    return _held(head, until)


def slack_of(kind: str) -> float:
    """Seconds for which a lease that has run out is left alone: who renews over HTTP may have to wait for us."""
    return float(settings.LEASE_GRACE_SECONDS) if is_remote(kind) else 0.0


def _held(head: Operation, until: datetime) -> Claim:
    return Claim(
        operation=head.id,
        kind=head.kind,
        epoch=head.epoch,
        attempt=head.claims,
        max_claims=head.max_claims,
        lease_until=until,
        input=head.input,
        actor=head.actor,
        event_id=head.event_id,
        metadata=head.metadata,
        stage=head.stage,
        retry_of=head.retry_of,
        parent=head.parent,
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


def renew(held: Iterable[tuple[UUID, int]], *, lease_seconds: float, slack: float = 0) -> set[UUID]:
    """Renew the leases of these (operation, epoch); returns the operations that are still held. `slack` is for how
    many seconds they are left alone beyond that."""
    until, pairs = now() + timedelta(seconds=lease_seconds + slack), set(held)
    claimed = Due.objects.filter(claimed=True)
    if len(pairs) == 1:
        ((operation, epoch),) = pairs
        return {operation} if claimed.filter(pk=operation, epoch=epoch).update(due_at=until) else set()
    with transaction.atomic():
        rows = claimed.select_for_update().filter(pk__among=[operation for operation, _ in pairs]).order_by("pk")
        still = {operation for operation, epoch in rows.values_list("pk", "epoch") if (operation, epoch) in pairs}
        Due.objects.filter(pk__among=still).update(due_at=until)
    return still
