"""What runs in a worker: delivering one message; seeing to those whose worker never came back; forgetting old ones."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from angarium.engine.events.public import Event
from angarium.engine.observability.public import note
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, Slot, crontab, task

from .attempt import attempt
from .models import Delivery
from .retention import end_abandoned, forget_providers, prune


@task(outside=True, timeout=timedelta(minutes=2), max_attempts=5)
def deliver(run: Run, delivery: UUID) -> Outcome:
    """Send one delivery. The row says `sent` in the same transaction in which the operation succeeds."""
    row = Delivery.objects.filter(id=delivery).first()
    if row is None:
        return Cancel("The delivery is gone.")
    person = str(row.person) if row.person else None
    note(delivery_id=str(row.id), person_id=person, request_id=_request_behind(row))
    return attempt(row, run)


def _request_behind(row: Delivery) -> str | None:
    """The request that caused the event of which the message tells, so that its log lines are found by it as well."""
    events = Event.objects.filter(uid=row.event_id).exclude(request_id="") if row.event_id else Event.objects.none()
    return events.values_list("request_id", flat=True).first()


@task(outside=True, timeout=timedelta(minutes=2), max_attempts=10)
def deliver_patiently(run: Run, delivery: UUID) -> Outcome:
    """The same for a channel that tries for days."""
    return deliver(run, delivery)


@task(every=crontab(minute="*/10"), catch_up=timedelta(minutes=10))
def end_deliveries(slot: Slot) -> Done:
    """What was cancelled or spent as an operation ends as a delivery as well."""
    return Done({"ended": end_abandoned()})


@task(every=crontab(minute="50", hour="3"), catch_up=timedelta(days=1), timeout=timedelta(minutes=30), outside=True)
def prune_deliveries(slot: Slot) -> Done:
    """Runs in many small transactions of its own, hence `outside`."""
    before = slot.at - timedelta(days=settings.RETENTION_DAYS)
    return Done({"deliveries": prune(before), "providers": forget_providers(before)})
