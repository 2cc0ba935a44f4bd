"""Slots of a schedule: which instants it names, and one operation for each that has come.

A scheduled task has one operation per slot under the unique key (task, slot), so two beats, or ten, do no harm, and
the slots of an outage are made up for as far back as the task's `catch_up` goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import structlog
from celery.schedules import BaseSchedule, crontab
from django.db import transaction

from angarium.engine.ledger.public import start
from angarium.kernel.clock import now

from .models import Schedule
from .registry import Task

MOST = 1000
#: How far behind `catch_up` dropped slots are still counted for the warning.
COUNTED = timedelta(days=31)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Slot:
    """The instant that a scheduled run stands for; it may run later than that."""

    at: datetime

    @classmethod
    def load(cls, text: str) -> Slot:
        return cls(datetime.fromisoformat(text))


def slots_between(schedule: BaseSchedule, after: datetime, until: datetime) -> list[datetime]:
    """The slots in (after, until], oldest first, at most MOST of them (then the newest).

    A crontab is read as cron does it (crontab(5), vixie): with `*` hours it runs by real time, also in the hour that
    the clocks repeat; with named hours it runs once on each matching day, and what the clocks skip runs right after.
    """
    if isinstance(schedule, crontab):
        named = len(schedule.hour) < 24
        found = _at_named_hours(schedule, after, until) if named else _every_hour(schedule, after, until)
        return sorted({slot for slot in found if after < slot <= until})[-MOST:]
    period = schedule.run_every.total_seconds()
    first, last = int(after.timestamp() // period) + 1, int(until.timestamp() // period)
    return [datetime.fromtimestamp(n * period, UTC) for n in range(max(first, last - MOST + 1), last + 1)]


def next_slot(schedule: BaseSchedule, after: datetime) -> datetime | None:
    """The first slot after that instant; None when there is none within four years (31 February)."""
    if not isinstance(schedule, crontab):
        period = schedule.run_every.total_seconds()
        return datetime.fromtimestamp((after.timestamp() // period + 1) * period, UTC)
    for ahead in (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=4 * 366)):
        if found := slots_between(schedule, after, after + ahead):
            return found[0]
    return None


def slot_key(slot: datetime) -> str:
    """The key, within its task, of the operation of this slot."""
    return f"slot:{slot.isoformat()}"


def _at_named_hours(schedule: crontab, after: datetime, until: datetime) -> Iterator[datetime]:
    day = after.astimezone(schedule.tz).date() - timedelta(days=1)
    while day <= until.astimezone(schedule.tz).date():
        if _runs_on(schedule, day):
            for hour in schedule.hour:
                for minute in schedule.minute:
                    yield datetime.combine(day, time(hour, minute), schedule.tz).astimezone(UTC)
        day += timedelta(days=1)


def _every_hour(schedule: crontab, after: datetime, until: datetime) -> Iterator[datetime]:
    hour = after.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    while hour <= until:
        local = hour.astimezone(schedule.tz)
        if _runs_on(schedule, local.date()):
            begin = local.replace(minute=0).astimezone(UTC)
            yield from (begin + timedelta(minutes=minute) for minute in schedule.minute)
        hour += timedelta(hours=1)


def _runs_on(schedule: crontab, day: date) -> bool:
    return (
        day.month in schedule.month_of_year
        and day.day in schedule.day_of_month
        and day.isoweekday() % 7 in schedule.day_of_week
    )


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
        floor = until - task.catch_up
        slots = slots_between(schedule, max(row.last_slot, floor), until)
        for slot in slots:
            start(task.name, key=slot_key(slot), slot=slot.isoformat())
        too_old = slots_between(schedule, max(row.last_slot, floor - COUNTED), floor)
        if too_old:
            _log.warning("tasks.slots_too_old", task=task.name, dropped=len(too_old), newest=too_old[-1].isoformat())
        if slots or too_old:
            Schedule.objects.filter(task=task.name).update(last_slot=[*too_old, *slots][-1])
    return slots
