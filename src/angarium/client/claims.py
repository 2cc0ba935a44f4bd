"""A claim: what a worker was given to do, and the verbs with which it says how that goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TypeGuard
from uuid import UUID

import msgspec

from angarium.kernel.clock import now

from . import words
from .errors import Ended, LeaseLost
from .outbox import Outbox
from .shapes import ENDS, Granted, Problem, Report, Words

NOTHING = Words()


class Held:
    """What was given: `input` and `metadata` are the operation's, `attempt` counts claims from 1 to `max_claims`."""

    def __init__(self, granted: Granted, outbox: Outbox, worker: str) -> None:
        self.operation: UUID = granted.operation
        self.kind, self.stage, self.worker = granted.kind, granted.stage, worker
        self.epoch, self.attempt, self.max_claims = granted.epoch, granted.attempt, granted.max_claims
        self.input, self.metadata = granted.input, granted.metadata
        self.actor, self.event_id = granted.actor, granted.event_id
        self.retry_of, self.parent = granted.retry_of, granted.parent
        self.lease_seconds, self.lease_until = granted.lease_seconds, granted.lease_until
        #: The epoch is over: somebody else has the operation, or it was cancelled or paused. Stop working on it.
        self.lost = False
        #: Its end was reported here.
        self.ended = False
        self.seq = 0
        self._total: float | None = None
        self._unit = ""
        self._outbox = outbox
        outbox.leases.keep(self)

    @property
    def last(self) -> bool:
        """Is there no attempt after this one?"""
        return self.attempt >= self.max_claims

    def release(self) -> None:
        """Stop renewing the lease without a word: when it runs out, somebody else may claim the operation."""
        self._outbox.leases.forget(self)

    def renewed(self, seconds: int) -> None:
        self.lease_until = now() + timedelta(seconds=seconds)

    def lose(self) -> None:
        self.lost = True

    def _say(self, said: Words, *, mergeable: bool = False) -> None:
        """Give it the next number and write it down, both at once, so that numbers are in the order of writing."""
        with self._outbox.spool.lock:
            self._may_speak()
            if said == NOTHING:
                return
            report = Report(operation=self.operation, epoch=self.epoch, seq=self.seq + 1, **_members(said))
            self._outbox.put(report, mergeable=mergeable, lease_seconds=self.lease_seconds)
            self.seq += 1
            if said.state in ENDS:
                self.ended = True
                self._outbox.leases.forget(self)

    def _may_speak(self) -> None:
        if self.ended:
            raise Ended
        if self.lost:
            raise LeaseLost(Problem(409, "lease_lost"))

    def _failed_by(self, error: BaseException | None) -> TypeGuard[Exception]:
        """Did the work fail, or is only its process told to end? Then somebody else may try."""
        return isinstance(error, Exception) and not self.ended and not self.lost

    def _moved(self, done: float | None, total: float | None, unit: str, message: str, stage: str) -> Words:
        """A total and a unit, once said, are meant until others are said."""
        self._total, self._unit = self._total if total is None else total, unit or self._unit
        return words.moved(done, self._total, self._unit, message, stage)

    def _retrying(self, after: timedelta | float | None, because: str) -> Words:
        """After the last attempt it has failed."""
        if self.last:
            return words.failed(because or "Every attempt failed.", "failed", {})
        return words.retrying(because, after, self.attempt)


class Claim(Held):
    """Every verb returns when the report is written down; none waits for Angarium. All raise LeaseLost when the epoch
    is over, Ended after the end, Invalid for what cannot be stored, SpoolFull when there is no room (progress is then
    dropped in silence).

    In a `with` block an exception that leaves it is reported as the failure of the work, and the lease is given up.
    """

    def progress(
        self,
        done: float | None = None,
        total: float | None = None,
        *,
        unit: str = "",
        message: str = "",
        stage: str = "",
    ) -> None:
        """How far the work is. Merged with what comes soon after, unless that names another stage."""
        self._say(self._moved(done, total, unit, message, stage), mergeable=True)

    def report(self, **members: Any) -> None:
        """Any report: `state`, `stage`, `progress` (done, total, unit), `message`, `metadata`, `output`, `error`,
        `run_at`, `event_id`. Metadata is merged key by key on the server."""
        self._say(words.said(**members))

    def succeed(self, output: Any = None, *, message: str = "") -> None:
        """The work is done; `output` is JSON of at most 64 KiB."""
        self._say(words.succeeded(output, message))

    def fail(self, because: str, *, code: str = "failed", **details: Any) -> None:
        """The work failed for good. `code` is for programs; `details` stand beside it in the error."""
        self._say(words.failed(because, code, details))

    def retry(self, *, after: timedelta | float | None = None, because: str = "") -> None:
        """Not this time: again after so long (seconds, or a timedelta), while attempts are left; then it failed."""
        self._say(self._retrying(after, because))

    def snooze(self, until: datetime, *, because: str = "") -> None:
        """Not yet: again at this instant. It does not count as an attempt."""
        self._say(words.snoozed(until, because))

    def cancel(self, *, because: str = "") -> None:
        """There is nothing to do any more."""
        self._say(words.cancelled(because))

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._failed_by(error):
            self._say(words.raised(error))
        self.release()


def _members(said: Words) -> dict[str, Any]:
    return msgspec.structs.asdict(said)
