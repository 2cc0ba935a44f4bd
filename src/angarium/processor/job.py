"""What a handler gets: what there is to do, and how to say how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from . import endings

if TYPE_CHECKING:
    from angarium.client import Claim

#: Seconds after which somebody who waits looks whether the work was given to another worker.
GLANCE = 0.5


class Job:
    """One claimed operation. `operation` is its idempotency key for what the handler does elsewhere; `attempt` counts
    from 1 up to `max_claims`; `stopping` says that this worker was told to end: what can end soon should."""

    Retry: ClassVar = endings.Retry
    Snooze: ClassVar = endings.Snooze
    Fail: ClassVar = endings.Fail
    Cancel: ClassVar = endings.Cancel

    def __init__(self, held: Claim, *, stopping: threading.Event | None = None) -> None:
        self._held = held
        self._began = time.monotonic()
        self._stopping = stopping or threading.Event()

    @property
    def operation(self) -> UUID:
        return self._held.operation

    @property
    def kind(self) -> str:
        return self._held.kind

    @property
    def input(self) -> dict[str, Any]:
        return self._held.input

    @property
    def metadata(self) -> dict[str, Any]:
        return self._held.metadata

    @property
    def attempt(self) -> int:
        return self._held.attempt

    @property
    def max_claims(self) -> int:
        return self._held.max_claims

    @property
    def claim(self) -> Claim:
        """The claim itself, with all that it was given."""
        return self._held

    @property
    def lost(self) -> bool:
        """Was the work given to somebody else? Then nothing that is said here counts any more."""
        return self._held.lost

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def elapsed(self) -> float:
        """Seconds since the claim."""
        return time.monotonic() - self._began

    def progress(
        self, done: float, total: float | None = None, *, unit: str = "", message: str = "", stage: str = ""
    ) -> None:
        """Say how far the work is; costs next to nothing, and never waits for the server. LeaseLost: stop working."""
        self._held.progress(done=done, total=total, unit=unit, message=message, stage=stage)

    def report(self, *, stage: str = "", message: str = "", metadata: Mapping[str, Any] | None = None) -> None:
        """Say that the work has come to a stage, or keep something about it. LeaseLost: stop working."""
        self._held.report(state="running", stage=stage, message=message, metadata=dict(metadata or {}) or None)

    def check(self) -> None:
        """LeaseLost when the work was given to somebody else: for who has nothing to report for long."""
        if self.lost:
            self._held.progress()  # which is refused with the reason

    def wait(self, seconds: float | timedelta) -> None:
        """Rest for so long. LeaseLost as soon as the work was given to somebody else."""
        until = time.monotonic() + (seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, GLANCE))
