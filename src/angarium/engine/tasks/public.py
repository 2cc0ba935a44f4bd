"""The door of the tasks."""

from celery.schedules import crontab

from angarium.engine.ledger.public import queue_depths

from .inprocess import InProcess
from .loop import RelayLoop
from .models import Process
from .outcomes import Cancel, Done, Fail, Outcome, Retry, Snooze
from .presence import announce, leave, processes
from .registry import Task, reactions, task, tasks
from .run import Run, current_run
from .settle import storable
from .slots import Slot
from .timetable import Timing, schedules

__all__ = [
    "Cancel",
    "Done",
    "Fail",
    "InProcess",
    "Outcome",
    "Process",
    "RelayLoop",
    "Retry",
    "Run",
    "Slot",
    "Snooze",
    "Task",
    "Timing",
    "announce",
    "crontab",
    "current_run",
    "leave",
    "processes",
    "queue_depths",
    "reactions",
    "schedules",
    "storable",
    "task",
    "tasks",
]
