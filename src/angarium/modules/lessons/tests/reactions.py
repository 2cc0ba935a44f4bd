"""Running a module's reactions one after the other in the test's own transaction, at whatever time its clock shows.

For tests about time and order; that a real worker does the same is shown beside them.
"""

from __future__ import annotations

from angarium.contracts.event import load
from angarium.contracts.lessons import LessonEvent
from angarium.engine.events.public import Event
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.public import Cancel, tasks
from angarium.kernel.clock import now
from angarium.modules.lessons.tasks import plan_reminders, remind


def catch_up() -> None:
    """What a relay and a worker would do now: plan for every event, then remind of what is due."""
    plans = tasks()["lessons.plan_reminders"].on
    for event in Event.objects.filter(position__isnull=True).order_by("id"):
        fact = load(event.type, event.data)
        if isinstance(fact, plans) and isinstance(fact, LessonEvent):
            plan_reminders(fact)
        Event.objects.filter(pk=event.pk).update(position=event.pk)
    due = Operation.objects.filter(kind="lessons.remind", state__in=("scheduled", "queued"), due__due_at__lte=now())
    for operation in due.order_by("id"):
        outcome = remind(operation.input["reminder"])
        state = "cancelled" if isinstance(outcome, Cancel) else "succeeded"
        Operation.objects.filter(pk=operation.pk).update(state=state)
