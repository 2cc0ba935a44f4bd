"""What the ledger should do, without a database: the model that `test_ledger_machine.py` holds the real one against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from angarium.engine.ledger.public import Report

ENDED = {"succeeded", "failed", "cancelled"}
LEASE, REPUBLISH, MOST_CLAIMS = 60, 30, 3


@dataclass
class Op:
    id: UUID
    key: str
    state: str
    due: datetime | None
    epoch: int = 0
    seq: int = 0
    claims: int = 0
    calls: int = 0
    retried: UUID | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    said: dict[tuple[int, int], Report] = field(default_factory=dict)


class Model:
    """Operations in the order in which they were accepted; every method takes the present instant."""

    def __init__(self) -> None:
        self.ops: dict[UUID, Op] = {}

    def first(self, op: Op) -> bool:
        """Nobody older with the same key is open, and nobody with it is worked on."""
        others = [o for o in self.ops.values() if o.key == op.key != "" and o is not op and o.state not in ENDED]
        return not any(o.id < op.id or o.state == "running" for o in others)

    def move(self, op: Op, state: str, due: datetime | None, now: datetime) -> None:
        op.state, op.epoch, op.seq, op.due, op.calls = state, op.epoch + 1, 0, due, 0
        self.wake_next(op, now)

    def wake_next(self, ended: Op, now: datetime) -> None:
        for op in self.ops.values() if ended.state in ENDED and ended.key else ():
            if op.key == ended.key and op.state == "queued" and op.due and op.due > now and self.first(op):
                op.due, op.calls = now, 0

    def claim(self, op: Op, now: datetime) -> bool:
        if op.state not in {"scheduled", "queued", "retrying"}:
            return False
        if op.state != "queued" and not op.calls and op.due > now:
            return False
        if not self.first(op):
            op.due, op.calls = now + timedelta(seconds=1), 0
        elif op.claims == MOST_CLAIMS:
            self.move(op, "failed", None, now)
        else:
            op.claims += 1
            self.move(op, "running", now + timedelta(seconds=LEASE), now)
        return op.state == "running"

    def sweep(self, now: datetime) -> list[UUID]:
        for op in self.ops.values():
            if op.state == "running" and op.due <= now:
                self.move(op, "failed" if op.claims == MOST_CLAIMS else "queued", now, now)
        called = []
        for op in self.ops.values():
            if op.state in {"scheduled", "queued", "retrying"} and op.due <= now:
                if self.first(op):
                    called.append(op.id)
                    op.due = now + timedelta(seconds=min(REPUBLISH * 2**op.calls, 900))
                    op.calls += 1
                else:
                    op.due = now + timedelta(seconds=1)
        return called

    def report(self, one: Report, now: datetime) -> str:
        op, place = self.ops[one.operation], (one.epoch, one.seq)
        if place in op.said:
            return "repeat" if op.said[place] == one else "other_body"
        if one.epoch != op.epoch:
            return "lease_lost" if one.epoch < op.epoch else "not_claimed"
        if one.seq > op.seq and op.state != "running":
            return "already_final" if op.state in ENDED else "not_reportable"
        op.said[place] = one
        if one.seq < op.seq:
            return "late"
        op.seq, op.state, op.metadata = one.seq, one.state or op.state, {**op.metadata, **one.metadata}
        if op.state in {"scheduled", "retrying"}:
            op.due, op.claims = one.run_at or now, op.claims - (op.state == "scheduled")
        self.wake_next(op, now)
        return "applied"
