"""Claim, run, report: what becomes of one call. Nothing here knows Celery.

    it is not claimable (done, taken, not due)  nothing to do, which is normal: a call may come twice
    Angarium is away                            we ask until it is back, or until this worker stops
    the handler returns, raises an ending       succeeded, retrying, scheduled, failed, cancelled
    the handler raises anything else            failed
    the lease was lost meanwhile                nothing is said any more: somebody else does the work

The outcome is in the spool when `run` returns, and Angarium mostly knows it; else it will when it can be reached.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from angarium.client import Client, LeaseLost, NoOperation, Refused, SpoolFull, Unavailable

from . import metrics
from .endings import Fail
from .job import Job
from .outcome import Outcome, outcome_of, tell
from .registry import Handler, handler_of

if TYPE_CHECKING:
    from angarium.client import Claim

#: Seconds between two attempts to claim while Angarium is away, or does not know our token.
AGAIN = 1.0
#: Seconds for which a thread waits until Angarium has heard of the end, before it begins something else: then no more
#: is being processed, to whoever looks, than there are threads.
SOON = 1.0
_log = structlog.get_logger(__name__)


class Stopping(Exception):
    """This worker ends, and has not claimed this operation."""


class Runner:
    """Used by as many threads as like. `stop()` lets nothing new begin."""

    def __init__(self, client: Client, *, lease_seconds: int = 30) -> None:
        self._client, self._lease_seconds = client, lease_seconds
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self, kind: str, operation: UUID) -> str | None:
        """Do this operation; returns the state in which it was left, None when there was nothing to do.

        UnknownKind when no handler is loaded here; Stopping when this worker ends before it got the claim.
        """
        handler = handler_of(kind)
        held = self._claimed(operation, handler)
        return None if held is None else self._work_off(held, handler)

    def refuse(self, operation: UUID, because: str) -> None:
        """Fail an operation that somebody called for in words that make no sense."""
        held = self._claimed(operation, None)
        if held is not None:
            tell(held, Fail(because, code="malformed_message"))
            _log.warning("processor.refused", operation_id=str(operation), because=because)

    def _claimed(self, operation: UUID, handler: Handler | None) -> Claim | None:
        lease = (handler and handler.lease_seconds) or self._lease_seconds
        while not self._stopping.is_set():
            try:
                return self._client.claim(operation, lease_seconds=lease)
            except NoOperation:
                _log.warning("processor.no_operation", operation_id=str(operation))
                return None
            except Unavailable as error:
                _log.warning("processor.angarium_away", error=error.message)
            except Refused as error:
                if error.status not in {401, 403}:
                    _log.error("processor.claim_refused", operation_id=str(operation), error=error.message)
                    return None
                _log.error("processor.token_refused", error=error.message)
            self._stopping.wait(AGAIN)
        raise Stopping

    def _work_off(self, held: Claim, handler: Handler) -> str | None:
        log = _log.bind(operation_id=str(held.operation), kind=held.kind, attempt=held.attempt)
        log.info("processor.claimed", epoch=held.epoch)
        began = time.monotonic()
        try:
            with _given_up_after(handler.timeout, held):
                outcome = outcome_of(handler.function, Job(held, stopping=self._stopping))
            state = self._kept(held, outcome)
        except LeaseLost:
            metrics.ran(held.kind, metrics.LOST, time.monotonic() - began)
            log.warning("processor.lease_lost", epoch=held.epoch)
            return None
        seconds = time.monotonic() - began
        metrics.ran(held.kind, state, seconds)
        log.info("processor.ran", state=state, seconds=round(seconds, 3))
        self._client.flush(SOON)
        return state

    def _kept(self, held: Claim, outcome: Outcome) -> str:
        """Have the outcome in the spool. A full one is waited for: the lease lives on, and the result is not lost."""
        while True:
            try:
                return tell(held, outcome)
            except SpoolFull as error:
                _log.error("processor.spool_full", error=error.message)
                if self._stopping.wait(AGAIN):
                    raise Stopping from error


@contextmanager
def _given_up_after(seconds: float | None, held: Claim) -> Iterator[None]:
    """What takes longer loses its lease: another worker takes the work over, and this one is refused by its epoch."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, _give_up, [held, seconds])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _give_up(held: Claim, seconds: float) -> None:
    held.release()
    _log.error("processor.hangs", operation_id=str(held.operation), kind=held.kind, timeout=seconds)
