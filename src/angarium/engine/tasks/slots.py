"""Slots of a schedule: which instants it names, and one operation for each that has come.

A scheduled task has one operation per slot under the unique key (task, slot), so two beats, or ten, do no harm, and
the slots of an outage are made up for as far back as the task's `catch_up` goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from celery.schedules import BaseSchedule, crontab
from django.db import transaction

from angarium.engine.ledger.public import start
from angarium.kernel.clock import now

from .models import Schedule
from .registry import Task

MOST = 1000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Slot:
    """The instant that a scheduled run stands for; it may run later than that."""

    at: datetime

    @classmethod
    def load(cls, text: str) -> Slot:
        return cls(datetime.fromisoformat(text))


def slots_between(schedule: BaseSchedule, after: datetime, until: datetime) -> list[datetime]:
    """The slots in (after, until], oldest first, at most MOST of them (then the newest)."""
    if isinstance(schedule, crontab):
        return _crontab_slots(schedule, after, until)
    period = schedule.run_every.total_seconds()
    first, last = int(after.timestamp() // period) + 1, int(until.timestamp() // period)
    return [datetime.fromtimestamp(n * period, UTC) for n in range(max(first, last - MOST + 1), last + 1)]


def _crontab_slots(schedule: crontab, after: datetime, until: datetime) -> list[datetime]:
    found: list[datetime] = []
    moment = after
    while True:
        begin, delta, _ = schedule.remaining_delta(moment)
        following = (begin + delta).replace(second=0, microsecond=0).astimezone(UTC)
        if following > until:
            return found[-MOST:]
        if following > moment:
            found.append(following)
        moment = max(following, moment + timedelta(minutes=1)) if following <= moment else following


def enqueue_slots(task: Task, schedule: BaseSchedule, until: datetime | None = None) -> list[datetime]:
    """Start one operation for each slot that has come since the last stored one; returns these slots.

    A task seen for the first time begins now: it has no past to make up for.
    """
    until = until or now()
    with transaction.atomic():
        row, new = Schedule.objects.get_or_create(task=task.name, defaults={"last_slot": until})
        if new:
            return []
        row = Schedule.objects.select_for_update().get(task=task.name)
        slots = slots_between(schedule, row.last_slot, until)
        wanted = [slot for slot in slots if slot >= until - task.catch_up]
        for slot in wanted:
            start(task.name, key=f"slot:{slot.isoformat()}", slot=slot.isoformat())
        if slots:
            Schedule.objects.filter(task=task.name).update(last_slot=slots[-1])
        if len(wanted) < len(slots):
            _log.warning("tasks.slots_too_old", task=task.name, dropped=len(slots) - len(wanted))
    return wanted
