"""What travels: what a service says of its work, and what Angarium answers. Members that we do not know are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

#: States after which an epoch is over: the operation has ended, or waits until it is claimed again.
ENDS = frozenset({"succeeded", "failed", "cancelled", "retrying", "scheduled"})


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """`done` of `total` units; `total` is None when nobody knows it."""

    done: float
    total: float | None = None
    unit: str = ""


class Words(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is said in one report. What is empty says nothing and changes nothing."""

    state: str = ""
    stage: str = ""
    progress: Progress | None = None
    message: str = ""
    metadata: dict[str, Any] | None = None
    output: Any = None
    error: dict[str, Any] | None = None
    run_at: datetime | None = None
    event_id: UUID | None = None


class Report(Words, frozen=True, omit_defaults=True, kw_only=True):
    """One item of `transitions:batch`."""

    operation: UUID
    epoch: int
    seq: int


class Head(msgspec.Struct, frozen=True):
    """Where an operation stands."""

    state: str = ""
    epoch: int = 0
    seq: int = 0


class Problem(msgspec.Struct, frozen=True):
    """A refusal as problem+json."""

    status: int = 0
    code: str = ""
    detail: str = ""
    field: str | None = None
    head: Head | None = None


class Result(Problem, frozen=True):
    """The answer to one report: 200 with `applied` and `verdict`, or a problem."""

    applied: bool = False
    verdict: str = ""


class Results(msgspec.Struct, frozen=True):
    results: list[Result]


class Granted(msgspec.Struct, frozen=True):
    """A claim as the server gives it."""

    operation: UUID
    kind: str
    epoch: int
    attempt: int
    max_claims: int
    lease_until: datetime
    lease_seconds: int = 30
    input: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    stage: str = ""
    actor: UUID | None = None
    event_id: UUID | None = None
    retry_of: UUID | None = None
    parent: UUID | None = None


class ManyGranted(msgspec.Struct, frozen=True):
    claims: list[Granted]


class Renewed(msgspec.Struct, frozen=True):
    """Which operations are still held after a renewal, and which are not."""

    held: list[UUID]
    lost: list[UUID]


class Measured(msgspec.Struct, frozen=True):
    """How far an operation is. `percent` is of 100."""

    done: float | None = None
    total: float | None = None
    unit: str | None = None
    percent: float | None = None
    eta: Any = None


class Operation(msgspec.Struct, frozen=True):
    """Where an operation stands. `output`, `input` and `transitions` are there when one operation was asked for."""

    id: UUID
    kind: str
    state: str
    stage: str = ""
    progress: Measured = Measured()
    message: str = ""
    epoch: int = 0
    seq: int = 0
    claims: int = 0
    max_claims: int = 0
    worker: str = ""
    metadata: dict[str, Any] = {}
    input: dict[str, Any] = {}
    output: Any = None
    error: Any = None
    actor: UUID | None = None
    event_id: UUID | None = None
    retry_of: UUID | None = None
    parent: UUID | None = None
    transitions: list[dict[str, Any]] = []
    created_at: datetime | None = None
    started_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def done(self) -> bool:
        """Has it ended?"""
        return self.state in {"succeeded", "failed", "cancelled"}


class Page(msgspec.Struct, frozen=True):
    """One page of a list; `next` is the address of the one after it."""

    results: list[Operation]
    next: str | None = None
