"""Storing an outcome: the one place that matches what a task answered with what the ledger hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from django.db import transaction

from angarium.engine.ledger.public import LeaseLost, Report, State, report, report_many
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError

from .backoff import backoff
from .faults import reached
from .outcomes import Cancel, Done, Fail, Outcome, Retry, Snooze
from .registry import Task
from .run import Run


def settle(run: Run, task: Task, outcome: Outcome, *, error: dict[str, Any] | None = None) -> State:
    """Report the outcome inside the caller's transaction. Raises LeaseLost, rolling the caller's writes back, when
    the operation is somebody else's by now."""
    said = _report(run, task, outcome, error)
    report(said)
    _record(outcome)
    return State(said.state)


def settle_together(ended: Sequence[tuple[Run, Task, Outcome]]) -> list[State]:
    """The same for many. Raises LeaseLost when any of them is somebody else's by now: then each must go alone."""
    said = [_report(run, task, outcome) for run, task, outcome in ended]
    if not all(answer.applied for answer in report_many(said)):
        raise LeaseLost
    for _, _, outcome in ended:
        _record(outcome)
    return [State(one.state) for one in said]


def _report(run: Run, task: Task, outcome: Outcome, error: dict[str, Any] | None = None) -> Report:
    said = _said(run, task, outcome, error)
    return Report(operation=run.operation, epoch=run.claim.epoch, seq=run.next_seq(), **said)


def _record(outcome: Outcome) -> None:
    transaction.on_commit(lambda: reached("committed"))
    if outcome.record is not None:
        outcome.record()
    reached("outcome")


def _said(run: Run, task: Task, outcome: Outcome, error: dict[str, Any] | None) -> dict[str, Any]:
    match outcome:
        case Done(output=output):
            return {"state": State.SUCCEEDED.value, "output": output}
        case Snooze(until=until, because=because):
            return {"state": State.SCHEDULED.value, "run_at": until, "message": storable(because)[:1000]}
        case Cancel(because=because):
            return {"state": State.CANCELLED.value, "message": storable(because)[:1000]}
        case Fail(because=because):
            return _failed(because, error)
        case Retry(because=because) if run.attempt >= run.claim.max_claims:
            return _failed(because or "Every attempt failed.", error)
        case Retry(after=after, because=because):
            pause = after if after is not None else backoff(run.attempt, first=task.first_retry)
            return {
                "state": State.RETRYING.value,
                "run_at": now() + pause,
                "message": storable(because)[:1000],
                "error": error or {"code": "retry", "message": storable(because)[:2000]},
            }
        case _:
            assert_never(outcome)


def _failed(because: str, error: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "state": State.FAILED.value,
        "message": storable(because)[:1000],
        "error": error or {"code": "failed", "message": storable(because)[:2000]},
    }


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def outcome_of(error: BaseException) -> tuple[Outcome, dict[str, Any]]:
    """What an exception means: a refusal that cannot succeed later fails, everything else is tried again."""
    code = getattr(error, "code", None)
    detail = {
        "code": code if isinstance(code, str) else type(error).__name__,
        "type": type(error).__name__,
        "message": storable(str(error))[:2000] or type(error).__name__,
    }
    because = storable(f"{type(error).__name__}: {error}")[:1000]
    if isinstance(error, AngariumError) and not error.retryable:
        return Fail(because), detail
    return Retry(because=because), detail
