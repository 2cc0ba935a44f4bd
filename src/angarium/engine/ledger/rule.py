"""The accept rule: what happens to a report, given the head it meets. A pure function, the only one of its kind.

By HTTP, in a batch, by queue or from our own worker: every report passes here, under a lock on the head.

    (epoch, seq) or id known        same body → REPEAT (answered as the first time), other body → OTHER_BODY
    epoch below the head's          LEASE_LOST
    epoch above the head's          NOT_CLAIMED
    seq at or below the head's      LATE, kept in the log, also after the end
    head terminal                   ALREADY_FINAL
    head not running                NOT_REPORTABLE
    otherwise                       APPLIED
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Any, Protocol
from uuid import UUID

import msgspec

from angarium.kernel.errors import Invalid

from .states import REPORTABLE, TERMINAL


class Verdict(StrEnum):
    APPLIED = "applied"
    LATE = "late"
    REPEAT = "repeat"
    LEASE_LOST = "lease_lost"
    NOT_CLAIMED = "not_claimed"
    OTHER_BODY = "other_body"
    ALREADY_FINAL = "already_final"
    NOT_REPORTABLE = "not_reportable"


ACCEPTED = frozenset({Verdict.APPLIED, Verdict.LATE, Verdict.REPEAT})


class Head(msgspec.Struct, frozen=True):
    """Where an operation stands."""

    state: str
    epoch: int
    seq: int


class Stands(Protocol):
    """A head, or whatever else knows where it stands."""

    state: str
    epoch: int
    seq: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of an epoch says. Empty fields say nothing and change nothing.

    `seq` counts from 1 within the epoch, gaps are normal. `progress` is (done, total) in any `unit`; it never falls
    within an epoch. `metadata` is merged key by key. `run_at` says when a `retrying` or `scheduled` operation is due
    again. `event_id` is the reporter's own name for this report. Raises Invalid, naming the field, for what no ledger
    could store.
    """

    operation: UUID
    epoch: int
    seq: int
    state: str = ""
    stage: str = ""
    progress: tuple[float, float | None] | None = None
    message: str = ""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    output: Any = None
    error: Any = None
    run_at: datetime | None = None
    unit: str = ""
    event_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.state and self.state not in REPORTABLE:
            legal = ", ".join(sorted(REPORTABLE))
            raise Invalid(f"{self.state!r} cannot be reported; what can is: {legal}.", field="state")
        if not 0 <= self.epoch < 2**31:
            raise Invalid(f"epoch must be from 0 to {2**31 - 1}.", field="epoch")
        if not 1 <= self.seq < 2**63:
            raise Invalid(f"seq must be from 1 to {2**63 - 1}.", field="seq")
        if len(self.stage) > 100 or len(self.message) > 1000 or len(self.unit) > 20:
            raise _too_long(self)
        if self.progress is not None and not _finite(*self.progress):
            raise Invalid("progress must be finite.", field="progress")

    def digest(self) -> str:
        """A fingerprint of the body, equal for equal bodies whatever the order of their keys."""
        body: tuple[Any, ...] = (
            self.state,
            self.stage,
            self.progress,
            self.message,
            self.metadata,
            self.output,
            self.error,
            self.run_at,
        )
        if self.unit:
            body += (self.unit,)
        return hashlib.sha256(msgspec.json.encode(body, order="deterministic")).hexdigest()


def _finite(done: float, total: float | None) -> bool:
    return isfinite(done) and (total is None or isfinite(total))


def _too_long(one: Report) -> Invalid:
    texts = (("stage", one.stage, 100), ("message", one.message, 1000), ("progress.unit", one.unit, 20))
    name, _, longest = next(text for text in texts if len(text[1]) > text[2])
    return Invalid(f"{name} may have at most {longest} characters.", field=name)


def judge(head: Head | Stands, report: Report, known: str | None) -> Verdict:
    """The verdict on a report. `known` is the digest stored for its (epoch, seq) or its event_id, None when there is
    none."""
    if known is not None:
        return Verdict.REPEAT if known == report.digest() else Verdict.OTHER_BODY
    if report.epoch < head.epoch:
        return Verdict.LEASE_LOST
    if report.epoch > head.epoch:
        return Verdict.NOT_CLAIMED
    if report.seq <= head.seq:
        return Verdict.LATE
    if head.state in TERMINAL:
        return Verdict.ALREADY_FINAL
    if head.state != "running":
        return Verdict.NOT_REPORTABLE
    return Verdict.APPLIED
