"""Writes into the history what the product's tables hold. Runs where Django is set up with the tests' settings."""

from __future__ import annotations

from datetime import datetime

from angarium.contracts.event import event_types
from angarium.engine.delivery.public import Delivery, DeliveryStep
from angarium.engine.events.public import Event
from angarium.engine.ledger.public import DeadLetter, Due, Operation, Transition, counts
from angarium.engine.tasks.public import reactions, tasks
from angarium.kernel.clock import now
from tests.faults.history import record
from tests.faults.work.models import Effect
from tests.faults.work.tasks import EFFECTS

#: What the product's own tasks leave, where the tests can tell it for one event and task.
OURS = {"lessons.notify_student": "row", "delivery.deliver": "outside"}


def tell() -> None:
    """Everything that the checker wants to know of the tables."""
    record("tables")
    _tell_reactions()
    _tell_events()
    _tell_ledger()
    _tell_effects()
    _tell_deliveries()


def tell_heads(newest: int) -> None:
    """Where the newest operations stand now, as somebody sees it who looks; nobody else must be looking."""
    for id, state, epoch, seq in Operation.objects.order_by("-id").values_list("id", "state", "epoch", "seq")[:newest]:
        record("seen", operation=id, state=state, epoch=epoch, seq=seq)


def _tell_reactions() -> None:
    effects = {**EFFECTS, **OURS}
    for name, event in sorted(event_types().items()):
        for task in reactions(event):
            record("reaction", type=name, task=task.name, effect=effects.get(task.name))
    record("reaction", type=None, task="delivery.deliver", effect=OURS["delivery.deliver"])  # started by name
    for name, task in tasks().items():
        if task.every is not None and name in effects:
            record("reaction", type=None, task=name, effect=effects[name])
            record("schedule", task=name, seconds=task.every.run_every.total_seconds())  # type: ignore[attr-defined]


def _tell_events() -> None:
    for event in Event.objects.order_by("id"):
        write = event.data.get("write") or event.data.get("title")
        record("event", uid=event.uid, type=event.type, subject=event.subject, position=event.position, write=write)


def _tell_ledger() -> None:
    for head in Operation.objects.order_by("id"):
        at = head.input.get("slot")
        record(
            "operation", id=head.id, kind=head.kind, state=head.state, epoch=head.epoch, seq=head.seq,
            event=head.event_id, retry_of=head.retry_of, claims=head.claims,
            slot=datetime.fromisoformat(at).timestamp() if at else None,
        )  # fmt: skip
    for line in Transition.objects.order_by("id"):
        record(
            "transition", id=line.id, operation=line.operation_id, epoch=line.epoch, seq=line.seq,
            state=line.state, verdict=line.verdict,
        )  # fmt: skip
    for id, due_at in Due.objects.values_list("pk", "due_at"):
        record("due", operation=id, seconds=(due_at - now()).total_seconds() if due_at else None)
    for id in DeadLetter.objects.values_list("pk", flat=True):
        record("dead", operation=id)
    for kind, states in counts().items():
        for state, number in states.items():
            record("count", kind=kind, state=state, number=number)


def _tell_effects() -> None:
    for effect in Effect.objects.order_by("id"):
        record("effect", task=effect.task, operation=effect.operation, event=effect.event, at=effect.at)
    operations = dict(Operation.objects.filter(kind="lessons.notify_student").values_list("event_id", "id"))
    for event in Delivery.objects.filter(template="lessons/notification").values_list("event_id", flat=True):
        record("effect", task="lessons.notify_student", operation=operations.get(event), event=event, at=None)


def _tell_deliveries() -> None:
    """Each with the states that it went through; one that was sent is the effect of the operation that sent it."""
    for row in Delivery.objects.order_by("id"):
        steps = list(DeliveryStep.objects.filter(delivery=row.id).order_by("id").values_list("state", flat=True))
        record("delivery", id=row.id, state=row.state, steps=steps)
        if row.state == "sent":
            record("effect", task="delivery.deliver", operation=row.operation, event=row.event_id, at=None)
