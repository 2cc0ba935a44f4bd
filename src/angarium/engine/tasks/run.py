"""One run of a task: what the function may ask and say while it runs."""

from __future__ import annotations

import contextvars
import threading
import time
from uuid import UUID

from angarium.engine.ledger.public import Claim, LeaseLost, Report, Verdict, report_many

_current: contextvars.ContextVar[Run | None] = contextvars.ContextVar("run", default=None)
PROGRESS_INTERVAL = 0.2


class TimedOut(BaseException):
    """The run took longer than its task allows. Not an Exception, so that no careless `except` swallows it."""


class Run:
    """The run that is going on. `operation` is its idempotency key, `attempt` counts from 1. It is `lost` when somebody
    else has it by now, and `struck` when it was interrupted."""

    def __init__(self, claim: Claim, *, timeout: float) -> None:
        self.claim = claim
        self.timeout = timeout
        self.begin()
        self.lost = self.struck = False
        self._seq = 0
        self._told = 0.0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """The time it may take runs from now on, in this thread; claimed with others it waits for its turn first."""
        self.thread = threading.get_ident()
        self.deadline = time.monotonic() + self.timeout

    @property
    def operation(self) -> UUID:
        return self.claim.operation

    @property
    def attempt(self) -> int:
        return self.claim.attempt

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def progress(self, done: float, total: float | None = None, message: str = "", *, stage: str = "") -> None:
        """Tell how far the work is. Calls in quick succession are coalesced to the last one after a fifth of a
        second. Raises LeaseLost in a worker that was replaced: stop working then."""
        if self.lost:
            raise LeaseLost
        moment = time.monotonic()
        if moment - self._told < PROGRESS_INTERVAL and done != total:
            return
        self._told = moment
        answer = report_many(
            [
                Report(
                    operation=self.operation,
                    epoch=self.claim.epoch,
                    seq=self.next_seq(),
                    progress=(done, total),
                    message=message[:1000],
                    stage=stage,
                )
            ]
        )[0]
        if answer.verdict is not Verdict.APPLIED:
            raise LeaseLost


def current_run() -> Run:
    """The run that this code is part of. LookupError outside a task."""
    run = _current.get()
    if run is None:
        raise LookupError("No task is running here.")
    return run


def running(run: Run) -> contextvars.Token[Run | None]:
    return _current.set(run)


def ended(token: contextvars.Token[Run | None]) -> None:
    _current.reset(token)
