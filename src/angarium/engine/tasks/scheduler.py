"""Celery Beat's scheduler: it starts operations for slots; nothing travels through the broker in between."""

from __future__ import annotations

from typing import Any

import structlog
from celery.schedules import crontab
from django.db import DatabaseError, close_old_connections
from django.db.models import Model
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from angarium.kernel.clock import now

from .registry import Task, tasks
from .slots import enqueue_slots, slots_between

_log = structlog.get_logger(__name__)


class SlotScheduler(DatabaseScheduler):
    """django-celery-beat's scheduler, whose entries can be edited and switched off in the admin, with slots."""

    #: Beat asks for one before each entry; nothing here is sent, so a broker that is away must not be waited for.
    producer = None

    def enabled_models_qs(self) -> Any:
        """All of them, also those whose hour is far: their missed slots are made up for at the start."""
        return self.Model.objects.enabled()

    def all_as_schedule(self) -> dict[str, Any]:
        entries: dict[str, Any] = super().all_as_schedule()
        return {name: entry for name, entry in entries.items() if _usable(entry)}

    def setup_schedule(self) -> None:
        for task in tasks().values():
            if task.every is not None:
                install_entry(task)
        self.schedule  # noqa: B018  reads the entries
        for entry in self.schedule.values():
            self.apply_async(entry)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **_: Any) -> None:
        task = tasks().get(entry.task)
        if task is None:
            _log.warning("beat.unknown_task", task=entry.task)
            return
        try:
            close_old_connections()
            slots = enqueue_slots(task, entry.schedule)
        except DatabaseError as error:
            _log.warning("beat.database_unavailable", task=entry.task, error=str(error).strip())
            return
        if advance:
            self.reserve(entry)
        if slots:
            _log.info("beat.slots", task=entry.task, slots=[slot.isoformat() for slot in slots])

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.apply_async(entry, producer=producer, advance=False)


def _usable(entry: Any) -> bool:
    """Can slots be told from this entry? One that cannot (31 February, a solar event) must not stop the others."""
    try:
        entry.is_due()
        slots_between(entry.schedule, now(), now())
    except (AttributeError, ValueError, RuntimeError) as error:
        _log.warning("beat.unusable_entry", entry=entry.name, task=entry.task, error=str(error))
        return False
    return True


def install_entry(task: Task) -> None:
    """Make the row that the admin shows, with the schedule from the decorator; an edited row is left as it is."""
    if PeriodicTask.objects.filter(name=task.name).exists():
        return
    every = task.every
    if isinstance(every, crontab):
        row = {"crontab": _first_or_new(CrontabSchedule, **_crontab_fields(every))}
    else:
        seconds = int(every.run_every.total_seconds())  # type: ignore[union-attr]
        row = {"interval": _first_or_new(IntervalSchedule, every=seconds, period="seconds")}
    PeriodicTask.objects.get_or_create(name=task.name, defaults={"task": task.name, "queue": task.queue, **row})


def _first_or_new(model: type[Model], **fields: Any) -> Model:
    """The schedule with these fields. Two beats that start at once may make it twice, and either will do."""
    return model._default_manager.filter(**fields).first() or model._default_manager.create(**fields)


def _crontab_fields(every: crontab) -> dict[str, Any]:
    return {
        "minute": every._orig_minute,
        "hour": every._orig_hour,
        "day_of_week": every._orig_day_of_week,
        "day_of_month": every._orig_day_of_month,
        "month_of_year": every._orig_month_of_year,
        "timezone": "UTC",
    }
