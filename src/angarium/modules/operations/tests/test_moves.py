"""Every pair of states and of statuses: what may follow what, tried on rows with everything that can move them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import product
from uuid import UUID

import pytest

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import (
    LIFECYCLE,
    Operation,
    Report,
    State,
    Transition,
    Work,
    cancel,
    claim,
    pause,
    reclaim,
    report,
    resume,
    start_many,
)
from angarium.engine.ledger.testing import broken_invariants, let_time_pass
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError
from angarium.modules.operations.lifecycle import LIFECYCLE as STATUSES
from angarium.modules.operations.lifecycle import Status, status_of
from angarium.modules.operations.models import TASK, Task

pytestmark = pytest.mark.django_db
LATER = now().replace(year=2100)
#: Legal, and nothing that one could ask for: unclaimed, only what has spent its claims fails.
INWARD = {("queued", "failed"), ("scheduled", "failed"), ("retrying", "failed")}


def new(run_at: object = None) -> UUID:
    body = {"name": "x", "processing_time": 1}
    return start_many([Work(kind=TASK, input=body, run_at=run_at)])[0]  # type: ignore[arg-type]


def held(id: UUID) -> None:
    claim(id, worker="w", lease_seconds=60)


def said(id: UUID, state: str) -> None:
    """Reported by whoever holds it, as its next line."""
    head = Operation.objects.get(id=id)
    again = LATER if state in ("scheduled", "retrying") else None
    report(Report(operation=id, epoch=head.epoch, seq=head.seq + 1, state=state, run_at=again))


def brought_to(state: str) -> UUID:
    """An operation in this state."""
    id = new(LATER if state == "scheduled" else None)
    if state in ("running", "retrying", "succeeded", "failed"):
        held(id)
    if state in ("retrying", "succeeded", "failed"):
        said(id, state)
    if state == "paused":
        pause(id, SYSTEM)
    if state == "cancelled":
        cancel(id, SYSTEM)
    return id


def lost(id: UUID) -> None:
    """Its worker fell silent."""
    let_time_pass(id)
    reclaim([id])


def due(id: UUID) -> None:
    let_time_pass(id)
    held(id)


#: Everything from outside that could bring an operation to a state.
WAYS: dict[str, list[Callable[[UUID], object]]] = {
    "scheduled": [lambda id: said(id, "scheduled")],
    "queued": [lambda id: resume(id, SYSTEM), lost],
    "running": [held, due, lambda id: said(id, "running")],
    "retrying": [lambda id: said(id, "retrying")],
    "paused": [lambda id: pause(id, SYSTEM)],
    "succeeded": [lambda id: said(id, "succeeded")],
    "failed": [lambda id: said(id, "failed")],
    "cancelled": [lambda id: cancel(id, SYSTEM), lambda id: said(id, "cancelled")],
}


def moved(before: str, way: Callable[[UUID], object]) -> tuple[str, bool]:
    """Where it stands after that, and whether anything was added to what was applied."""
    id = brought_to(before)
    assert Operation.objects.get(id=id).state == before
    applied = Transition.objects.filter(operation=id, verdict="applied")
    lines = applied.count()
    with suppress(AngariumError):
        way(id)
    return Operation.objects.get(id=id).state, applied.count() > lines


@pytest.mark.parametrize(("before", "after"), list(product(State.values, State.values)))
def test_op_12_an_operation_moves_as_the_table_says_and_never_otherwise(before: str, after: str) -> None:
    found = [moved(before, way) for way in WAYS[after]]
    reached = (after, True) in found
    stays = before == after == "running"
    assert reached == ((LIFECYCLE.allows(before, after) and (before, after) not in INWARD) or stays)
    if not reached:
        assert set(found) <= {(before, False), *((other, True) for other in LIFECYCLE.moves[before])}
    if before in LIFECYCLE.terminal:
        assert set(found) == {(before, False)}
    assert broken_invariants() == []


#: How a task comes to show a status, and what could bring it to another.
SHOWN: dict[Status, str] = {
    Status.NEW: "queued", Status.PROCESSING: "running", Status.COMPLETED: "succeeded", Status.ERROR: "failed",
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_op_12_a_task_moves_forward_only(before: Status, after: Status) -> None:
    ways = [way for state, ways in WAYS.items() for way in ways]
    seen = set()
    for way in ways:
        id = brought_to(SHOWN[before])
        assert Task.objects.get(id=id).status == before
        with suppress(AngariumError):
            way(id)
        seen.add(Task.objects.get(id=id).status)
    assert (after in seen - {before}) == STATUSES.allows(before.name, after.name)
    assert before == after or (after not in seen) or after > before


@pytest.mark.parametrize(
    ("state", "claimed", "status"),
    [
        *((state, False, 1) for state in ("queued", "scheduled", "paused", "retrying", "running")),
        *((state, True, 2) for state in ("queued", "scheduled", "paused", "retrying", "running")),
        *(("succeeded", claimed, 3) for claimed in (False, True)),
        *((state, claimed, 4) for state in ("failed", "cancelled") for claimed in (False, True)),
    ],
)
def test_op_12_each_state_shows_one_status(state: str, claimed: bool, status: int) -> None:
    assert status_of(state, claimed=claimed) == status


def test_op_12_what_was_processed_is_never_new_again() -> None:
    id = brought_to("running")
    shown = [Task.objects.get(id=id).status]
    for step in (lost, held, lambda id: said(id, "retrying"), due, lambda id: pause(id, SYSTEM),
                 lambda id: resume(id, SYSTEM), held, lambda id: said(id, "succeeded")):  # fmt: skip
        step(id)
        shown.append(Task.objects.get(id=id).status)
    assert shown == [2] * 8 + [3]
