"""Running one operation: claim, effect, outcome.

The claim commits first, so that a worker which dies leaves a lease that runs out. A task without `outside` then runs
in the transaction that also stores its outcome: its writes happen exactly once. A task with `outside` runs in no
transaction at all; only its outcome, and what `record` writes, are one.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import transaction

from angarium.contracts import event as contract
from angarium.engine.identity.public import SYSTEM, acting_as
from angarium.engine.ledger.public import (
    AlreadyFinal,
    Claim,
    Harmless,
    LeaseLost,
    NoOperation,
    NotClaimable,
    State,
    claim,
    claim_fresh,
    tally,
)
from angarium.engine.observability.public import bind

from . import metrics
from .faults import reached
from .guard import guarded
from .keeper import keeper
from .outcomes import Done, Outcome, Retry
from .registry import Task, parameters, tasks
from .run import Run, TimedOut, ended, running
from .settle import outcome_of, settle
from .slots import Slot
from .transactions import none_left_open

_log = structlog.get_logger(__name__)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.current_thread().name}"


def execute(operation: UUID) -> State | None:
    """Run an operation that a message called for. None when there was nothing to do: it is done, claimed or not due,
    which is normal, since a message may come twice."""
    reached("claim")
    try:
        claimed = _claimed(operation)
    except (NoOperation, NotClaimable) as refusal:
        metrics.ignored.inc()
        _log.debug("tasks.call_ignored", operation_id=str(operation), because=refusal.message)
        return None
    reached("claimed")
    task = tasks()[claimed.kind]
    return attempt(Run(claimed, timeout=task.timeout.total_seconds()), task)


def _claimed(operation: UUID) -> Claim:
    """Most are fresh, and the way for many is the shortest for one as well."""
    terms: dict[str, Any] = {"worker": worker_name(), "lease_seconds": settings.LEASE_SECONDS}
    fresh = claim_fresh([operation], **terms)
    return fresh[0] if fresh else claim(operation, **terms)


def attempt(run: Run, task: Task) -> State | None:
    """Run what was claimed, and store its outcome. None when it is somebody else's by now."""
    with in_hand(run, task):
        started = time.monotonic()
        try:
            state = _attempt(run, task)
        except (LeaseLost, AlreadyFinal):
            tally(Harmless.ZOMBIE)
            metrics.ran(task.name, metrics.LOST, run.attempt, time.monotonic() - started)
            _log.warning("tasks.lease_lost", task=task.name, attempt=run.attempt)
            return None
        finally:
            reached("ran")
        told(run, task, state, time.monotonic() - started)
        return state


@contextmanager
def in_hand(run: Run, task: Task) -> Iterator[None]:
    """What is logged, written and started inside is the run's doing."""
    with bind(**ids_of(run)), acting_as(replace(SYSTEM, id=run.claim.actor, name=task.name)):
        token = running(run)
        try:
            yield
        finally:
            ended(token)


def told(run: Run, task: Task, state: State, seconds: float, **ids: str) -> None:
    """Count and log one attempt."""
    metrics.ran(task.name, state.value, run.attempt, seconds)
    _log.info("tasks.ran", task=task.name, state=state.value, attempt=run.attempt, seconds=round(seconds, 4), **ids)


def ids_of(run: Run) -> dict[str, str]:
    """What ties the lines of the log about this run together."""
    event_id = run.claim.event_id
    return {"operation_id": str(run.operation), **({"event_id": str(event_id)} if event_id else {})}


def _attempt(run: Run, task: Task) -> State:
    try:
        with none_left_open(), keeper.watching(run):
            function, arguments = bound_call(task, run)
            if not task.outside:
                return _in_one_transaction(run, task, function, arguments)
            outcome = function(**arguments)
            reached("effect")
    except LeaseLost:
        raise
    except TimedOut:
        limit = task.timeout.total_seconds()
        return _store(run, task, Retry(because=f"It took longer than {limit:g} s."), _timeout_error(limit))
    except Exception as error:  # noqa: BLE001  any failure of a task is an outcome and is stored as one
        return _store_failure(run, task, error)
    try:
        return _store(run, task, outcome or Done())
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  an outcome that cannot be stored is a failure of the task as well
        return _store_failure(run, task, error)


def _in_one_transaction(run: Run, task: Task, function: Callable[..., Any], arguments: dict[str, Any]) -> State:
    with transaction.atomic():
        outcome = function(**arguments) or Done()
        reached("written")
        keeper.release(run)
        return settle(run, task, outcome)


def _store_failure(run: Run, task: Task, error: Exception) -> State:
    _log.warning("tasks.attempt_failed", task=task.name, attempt=run.attempt, exc_info=error)
    return _store(run, task, *outcome_of(error))


def _store(run: Run, task: Task, outcome: Outcome, error: dict[str, Any] | None = None) -> State:
    with transaction.atomic():
        return settle(run, task, outcome, error=error)


def _timeout_error(limit: float) -> dict[str, Any]:
    return {
        "code": "timeout",
        "type": "TimedOut",
        "message": f"The attempt took longer than {limit:g} seconds.",
    }


def bound_call(task: Task, run: Run) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The function and its arguments: the run, the event, the slot or the stored input, each by its annotation."""
    stored = run.claim.input
    arguments: dict[str, Any] = {}
    for name, kind in parameters(task.function).items():
        if kind is Run:
            arguments[name] = run
        elif kind is Slot:
            arguments[name] = Slot.load(stored["slot"])
        elif task.on:
            arguments[name] = contract.load(stored["type"], stored["event"])
        elif name in stored:
            arguments[name] = msgspec.convert(stored[name], kind)
    return guarded(task), arguments
