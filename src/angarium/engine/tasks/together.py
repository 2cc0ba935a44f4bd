"""Running many short operations together: one claim for all, and one transaction for their effects and outcomes.

Each operation's effect and outcome are still one transaction, shared with others. If one of them fails, is late or
was taken away, the transaction is rolled back with all effects in it, and each runs again alone, as if it had never
been together. Nobody is told before the commit, and nothing is claimed together twice (`ledger.claim_fresh`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from angarium.engine.ledger.public import Claim, claim_fresh, give_back, still_claimable, unpublished

from . import metrics
from .celery import draining
from .execute import attempt, bound_call, execute, ids_of, in_hand, told, worker_name
from .faults import reached
from .keeper import keeper
from .outcomes import Done, Outcome
from .registry import Task, tasks
from .run import Run, TimedOut
from .settle import settle_together
from .transactions import none_left_open

#: Seconds after which a transaction of many takes in no more.
LONGEST = 0.05
Begun = tuple[Run, Task]
Ended = tuple[Run, Task, Outcome]
_log = structlog.get_logger(__name__)


def execute_together(operations: Sequence[UUID]) -> float | None:
    """Run these operations; returns the seconds that a function took on the average: endless when some had to run
    alone after all, None when none ran together."""
    for _ in operations:
        reached("claim")
    claims = claim_fresh(operations, worker=worker_name(), lease_seconds=settings.LEASE_SECONDS)
    seconds = _run_all(_runs(claims))
    together = {claim.operation for claim in claims}
    _one_by_one(_left(operations, together))
    return sum(seconds) / len(seconds) if seconds else None


def _left(operations: Sequence[UUID], together: Collection[UUID]) -> list[UUID]:
    """What is still to be run alone. Calls that came twice end here."""
    left = [operation for operation in operations if operation not in together]
    claimable = still_claimable(left) if left else []
    metrics.ignored.inc(len(left) - len(claimable))
    return claimable


def _runs(claims: Sequence[Claim]) -> list[Begun]:
    known, runs = tasks(), []
    for claim in claims:
        reached("claimed")
        task = known[claim.kind]
        runs.append((Run(claim, timeout=task.timeout.total_seconds()), task))
    return runs


def _one_by_one(operations: Sequence[UUID]) -> None:
    """What was tried before, or is not to be run now."""
    for number, operation in enumerate(operations):
        if draining():
            unpublished(operations[number:], after=0)
            return
        execute(operation)


def _run_all(runs: list[Begun]) -> list[float]:
    """Run all of these; returns how long each function took that ran together with others."""
    seconds: list[float] = []
    while runs:
        if draining():
            give_back([run.claim for run, _ in runs])
            break
        ended: list[Ended] = []
        try:
            with none_left_open(), keeper.leasing(*(run for run, _ in runs)):
                seconds += _in_one_transaction(runs, ended)
            runs = runs[len(ended) :]
        except (Exception, TimedOut) as error:  # noqa: BLE001  which of them it was is seen when each is alone
            _log.info("tasks.not_together", error=f"{type(error).__name__}: {error}", runs=len(ended) + 1)
            seconds.append(math.inf)
            runs = _alone(runs, len(ended) + 1)
    return seconds


def _alone(runs: list[Begun], number: int) -> list[Begun]:
    """Run the first of these one by one; returns the rest, whose leases live on meanwhile."""
    with keeper.leasing(*(run for run, _ in runs)):
        for run, task in runs[:number]:
            attempt(run, task)
    return runs[number:]


def _in_one_transaction(runs: Sequence[Begun], ended: list[Ended]) -> list[float]:
    """Run as many of these as there is time for, and store their outcomes; `ended` tells which came that far."""
    seconds: list[float] = []
    with transaction.atomic():
        began = before = time.monotonic()
        for run, task in runs:
            with in_hand(run, task), keeper.interrupting(run):
                function, arguments = bound_call(task, run)
                outcome = function(**arguments) or Done()
                reached("written")
            ended.append((run, task, outcome))
            after = time.monotonic()
            seconds.append(after - before)
            before = after
            if after - began > LONGEST or draining():
                break
        states = settle_together(ended)
        # A hook of one that fails after the commit must not silence those of the others.
        hooks: list[Any] = [(points, hook, True) for points, hook, *_ in connection.run_on_commit]
        connection.run_on_commit = hooks
    for (run, task, _), state, duration in zip(ended, states, seconds, strict=True):
        reached("ran")
        told(run, task, state, duration, **ids_of(run))
    return seconds
