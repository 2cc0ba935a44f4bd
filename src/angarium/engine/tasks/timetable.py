"""The timetable: what runs when, how far it got, and what became of it; for those who look, not for beat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from celery.schedules import BaseSchedule
from django_celery_beat.models import PeriodicTask

from angarium.engine.ledger.public import Operation
from angarium.kernel.clock import now

from .models import Schedule
from .registry import Task, tasks
from .slots import next_slot, slot_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One schedule of a task. `every` is its crontab (minute hour day month weekday) or interval in words."""

    name: str
    task: str
    every: str
    enabled: bool
    catch_up: timedelta
    last_slot: datetime | None
    next_slot: datetime | None
    operation: UUID | None
    state: str


def schedules() -> list[Timing]:
    """Every schedule of every task, as it stands in the admin, else as its decorator says."""
    slots = dict(Schedule.objects.values_list("task", "last_slot"))
    keys = {task: f"{task}:{slot_key(slot)}" for task, slot in slots.items()}
    found = Operation.objects.filter(unique_key__in=keys.values()).values_list("unique_key", "id", "state")
    last = {key: (id, state) for key, id, state in found}
    timings = []
    for name, task, every, enabled in _entries():
        operation, state = last.get(keys.get(task.name, ""), (None, ""))
        timings.append(
            Timing(
                name=name,
                task=task.name,
                every=_words(every),
                enabled=enabled,
                catch_up=task.catch_up,
                last_slot=slots.get(task.name),
                next_slot=next_slot(every, now()) if enabled and every is not None else None,
                operation=operation,
                state=state,
            )
        )
    return timings


def _entries() -> Iterator[tuple[str, Task, BaseSchedule | None, bool]]:
    """(name, task, schedule, is it switched on?); beat adds a row for each task when it first runs."""
    known = tasks()
    rows = PeriodicTask.objects.filter(task__in=known).select_related("crontab", "interval", "solar", "clocked")
    seen = set()
    for row in rows.order_by("task", "name"):
        seen.add(row.name)
        yield row.name, known[row.task], _schedule(row), row.enabled
    for task in known.values():
        if task.every is not None and task.name not in seen:
            yield task.name, task, task.every, True


def _schedule(row: PeriodicTask) -> BaseSchedule | None:
    """None where no slots can be told: beat passes over such a row with a warning."""
    try:
        return row.schedule if row.crontab_id or row.interval_id else None
    except ValueError:
        return None


def _words(every: BaseSchedule | None) -> str:
    if every is None:
        return ""
    if hasattr(every, "hour"):
        fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
        return " ".join(str(getattr(every, f"_orig_{field}")) for field in fields)
    return str(every.run_every)
