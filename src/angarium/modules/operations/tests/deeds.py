"""What is done to operations, and what one would load of them: for tests/live, which holds frames against snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Principal, acting_as
from angarium.engine.ledger.public import Report, claim, reclaim, report, start
from angarium.engine.live.frames import as_data
from angarium.modules.operations import actions
from angarium.modules.operations.queries import operations_for

Deed = Callable[[], object]
ANN = Principal("person", UUID(int=7), "ann", "member", frozenset({"*"}))
STAFF = Principal("service", UUID(int=1), "staff", "staff", frozenset({"*"}))
KIND = "delivery.deliver"


def snapshot(principal: Principal) -> dict[str, dict[str, Any]]:
    subjects = dict(Event.objects.values_list("uid", "subject"))
    return {f"operation:{one.id}": as_data(one, subjects.get(one.event_id, "")) for one in operations_for(principal)}


def mine() -> UUID:
    with acting_as(ANN):
        return start(KIND, delivery="1")


def others() -> UUID:
    with acting_as(STAFF):
        return start(KIND, delivery="2")


def on(action: Callable[..., object], *before: Callable[..., object]) -> Callable[[], Deed]:
    """Do this to an operation that Ann caused, after that."""

    def prepare() -> Deed:
        others()
        id = mine()
        for one in before:
            one(id, by=ANN)
        return lambda: action(id, by=ANN)

    return prepare


def retry_many() -> Deed:
    ids = [mine(), others()]
    for id in ids:
        actions.cancel_operation(id, by=STAFF)
    return lambda: actions.retry_operations(ids, by=STAFF)


def work() -> Deed:
    id = mine()
    held = claim(id, worker="w", lease_seconds=30)

    def tell() -> None:
        for seq in range(1, 4):
            report(Report(operation=id, epoch=held.epoch, seq=seq, stage=f"stage {seq}", progress=(seq, 3)))
        report(Report(operation=id, epoch=held.epoch, seq=4, state="succeeded", output={"done": True}))

    return tell


def lose() -> Deed:
    id = mine()
    claim(id, worker="w", lease_seconds=-1)
    return lambda: reclaim([id])


DEEDS: dict[str, Callable[[], Deed]] = {
    "cancel_operation": on(actions.cancel_operation),
    "pause_operation": on(actions.pause_operation),
    "resume_operation": on(actions.resume_operation, actions.pause_operation),
    "retry_operation": on(actions.retry_operation, actions.cancel_operation),
    "retry_operations": retry_many,
    "start": lambda: mine,
    "claim": lambda: (lambda id: lambda: claim(id, worker="w", lease_seconds=30))(mine()),
    "report": work,
    "reclaim": lose,
}
