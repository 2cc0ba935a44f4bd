"""The door of the tasks."""

from celery.schedules import crontab

from .inprocess import InProcess
from .loop import RelayLoop
from .outcomes import Cancel, Done, Fail, Outcome, Retry, Snooze
from .registry import Task, reactions, task, tasks
from .run import Run, current_run
from .settle import storable
from .slots import Slot

__all__ = [
    "Cancel",
    "Done",
    "Fail",
    "InProcess",
    "Outcome",
    "RelayLoop",
    "Retry",
    "Run",
    "Slot",
    "Snooze",
    "Task",
    "crontab",
    "current_run",
    "reactions",
    "storable",
    "task",
    "tasks",
]
