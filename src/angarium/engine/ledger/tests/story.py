"""Short words for the tests: start, claim, say, and what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from angarium.engine.ledger.models import Operation, Transition
from angarium.engine.ledger.public import Answer, Claim, Report, claim, report, start

LEASE = 60.0


def work(**options: Any) -> UUID:
    return start("test.work", **options)


def claimed(id: UUID | None = None, *, worker: str = "w") -> Claim:
    return claim(id or work(), worker=worker, lease_seconds=LEASE)


def said(claim: Claim, seq: int, **body: Any) -> Report:
    return Report(operation=claim.operation, epoch=claim.epoch, seq=seq, **body)


def say(claim: Claim, seq: int, **body: Any) -> Answer:
    return report(said(claim, seq, **body))


def head(id: UUID) -> Operation:
    return Operation.objects.get(id=id)


def log(id: UUID) -> list[tuple[int, int, str, str]]:
    """(epoch, seq, state, verdict) in the order of (epoch, seq)."""
    rows = Transition.objects.filter(operation=id).order_by("epoch", "seq")
    return list(rows.values_list("epoch", "seq", "state", "verdict"))
