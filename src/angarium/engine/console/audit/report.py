"""What the last look found, for pages and metrics: its operation's output says it, so it outlives every process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from angarium.engine.ledger.public import Operation, State
from angarium.kernel.clock import now

from .looking import Findings

KIND = "console.audit"
EVERY = timedelta(minutes=5)
#: A look that is older says nothing about now.
STALE_AFTER = 3 * EVERY
#: How many of its operations are asked for the newest that ended well.
LOOKED_THROUGH = 50


@dataclass(frozen=True)
class Look:
    """One look: when, how much does not agree and what, and up to which event."""

    at: datetime
    operation: UUID
    lost: int
    numbers: Mapping[str, int]
    examples: Mapping[str, list[str]]
    position: int
    behind: int

    @property
    def age(self) -> timedelta:
        return now() - self.at

    @property
    def stale(self) -> bool:
        return self.age > STALE_AFTER


def as_output(found: Findings) -> dict[str, Any]:
    return {
        "lost": found.lost,
        "numbers": dict(found.numbers),
        "examples": found.examples,
        "position": found.position,
        "behind": found.behind,
    }


def last_look() -> Look | None:
    """The newest look that ended; None when there was none."""
    newest = Operation.objects.filter(kind=KIND).order_by("-id")[:LOOKED_THROUGH]
    for one in newest:
        if one.state == State.SUCCEEDED and isinstance(one.output, dict) and one.finished_at is not None:
            return Look(at=one.finished_at, operation=one.id, **one.output)
    return None
