"""The engine's own scheduled work: letting go of what is older than the retention time."""

from __future__ import annotations

from datetime import timedelta

from celery.schedules import crontab
from django.conf import settings

from angarium.engine.events.public import prune as prune_events
from angarium.engine.ledger.public import prune as prune_operations
from angarium.engine.ledger.public import prune_log

from .outcomes import Done
from .presence import forget
from .registry import task
from .slots import Slot

#: How far back somebody who watches can resume.
LIVE = timedelta(days=1)


@task(
    every=crontab(minute="40", hour="3"),
    catch_up=timedelta(days=1),
    timeout=timedelta(minutes=30),
    outside=True,
)
def prune(slot: Slot) -> Done:
    """Runs in many small transactions of its own, hence `outside`."""
    before = slot.at - timedelta(days=settings.RETENTION_DAYS)
    forget()
    prune_log(slot.at - LIVE)
    return Done({"events": prune_events(before), "operations": prune_operations(before)})
