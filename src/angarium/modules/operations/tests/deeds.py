"""What is done to operations, and what one would load of them: for tests/live, which holds frames against snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from angarium.engine.events.public import Event
from angarium.engine.identity.public import SYSTEM, Principal, acting_as
from angarium.engine.ledger.public import Operation, Report, claim, reclaim, report, start
from angarium.engine.live.frames import as_data
from angarium.engine.tasks.public import Run
from angarium.modules.operations import actions, tasks
from angarium.modules.operations.bulk import Filter
from angarium.modules.operations.models import TaskType
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


def typed() -> str:
    """A type of task that services fetch."""
    return TaskType.objects.get_or_create(name="import_catalogue", queue="")[0].name


def ours() -> UUID:
    """Work of that type that Ann caused."""
    return actions.create_operation(typed(), by=ANN).id


def create_one() -> Deed:
    kind = typed()
    return lambda: actions.create_operation(kind, by=ANN, input={"a": 1}, metadata={"b": 2})


def claim_one() -> Deed:
    id = ours()
    return lambda: actions.claim_operation(id, by=STAFF, worker="w")


def fetch() -> Deed:
    ours()
    return lambda: actions.claim_due_operations([typed()], by=STAFF, worker="w", limit=5)


def keep(many: bool) -> Callable[[], Deed]:
    def prepare() -> Deed:
        id = ours()
        held = actions.claim_operation(id, by=STAFF, worker="w")[0]
        if many:
            return lambda: actions.renew_leases([(id, held.epoch)], by=STAFF, lease_seconds=60)
        return lambda: actions.renew_lease(id, held.epoch, by=STAFF, lease_seconds=60)

    return prepare


def film() -> None:
    """A pipeline of two stages."""
    stages = [{"name": name, "kind": typed()} for name in ("cut", "mix")]
    actions.define_pipeline("film", stages, by=STAFF)


def filmed() -> UUID:
    """A run of it that Ann started."""
    film()
    return actions.start_run("film", by=ANN).id


def redefine() -> Deed:
    film()
    stages = [{"name": "cut", "kind": typed()}]
    return lambda: actions.redefine_pipeline("film", stages, by=STAFF)


def start_run() -> Deed:
    film()
    return lambda: actions.start_run("film", by=ANN, input={"a": 1})


def of_run(action: Callable[..., object], *before: Callable[..., object]) -> Callable[[], Deed]:
    def prepare() -> Deed:
        id = filmed()
        for one in before:
            one(id, by=ANN)
        return lambda: action(id, by=ANN)

    return prepare


def follow() -> Deed:
    """A stage ends, and the next one is started with it."""
    run = filmed()
    held = claim(Operation.objects.get(parent=run).id, worker="w", lease_seconds=30)
    return lambda: report(Report(operation=held.operation, epoch=held.epoch, seq=1, state="succeeded", output=1))


def meant(act: Callable[[], object]) -> Callable[[], Deed]:
    def prepare() -> Deed:
        others()
        actions.cancel_operation(mine(), by=STAFF)
        return act

    return prepare


def work_off(begin: Callable[..., Operation], filter: Filter, work: Callable[..., object]) -> Callable[[], Deed]:
    def prepare() -> Deed:
        others()
        actions.cancel_operation(mine(), by=STAFF)
        begun = begin(filter, by=SYSTEM)
        run = Run(claim(begun.id, worker="w", lease_seconds=30), timeout=30)
        return lambda: work(run, **begun.input)

    return prepare


OPEN, OVER = Filter(kind=KIND), Filter(kind=KIND, state="cancelled")


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
    "create_task": lambda: lambda: actions.create_task(by=ANN, name="x", processing_time=1),
    "create_operation": create_one,
    "claim_operation": claim_one,
    "claim_due_operations": fetch,
    "renew_lease": keep(many=False),
    "renew_leases": keep(many=True),
    "count_meant": meant(lambda: actions.count_meant("cancel", OPEN, by=STAFF)),
    "cancel_meant": meant(lambda: actions.cancel_meant(OPEN, by=STAFF)),
    "retry_meant": meant(lambda: actions.retry_meant(OVER, by=ANN)),
    "cancel_meant, and what it does": work_off(actions.cancel_meant, OPEN, tasks.cancel_many),
    "retry_meant, and what it does": work_off(actions.retry_meant, OVER, tasks.retry_many),
    "define_pipeline": lambda: film,
    "redefine_pipeline": redefine,
    "start_run": start_run,
    "resume_run": of_run(actions.resume_run, actions.cancel_run),
    "cancel_run": of_run(actions.cancel_run),
    "start_run, and the next stage": follow,
    "start": lambda: mine,
    "claim": lambda: (lambda id: lambda: claim(id, worker="w", lease_seconds=30))(mine()),
    "report": work,
    "reclaim": lose,
}
