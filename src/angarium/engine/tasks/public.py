"""The door of the tasks."""

from celery.schedules import crontab

from .activity import idle
from .celery import stop_accepting
from .loop import RelayLoop
from .outcomes import Cancel, Done, Fail, Outcome, Retry, Snooze
from .registry import Task, reactions, task, tasks
from .run import Run, current_run
from .settle import storable
from .slots import Slot
from .worker import start_relay, stop_relay

__all__ = [
    "Cancel",
    "Done",
    "Fail",
    "Outcome",
    "RelayLoop",
    "Retry",
    "Run",
    "Slot",
    "Snooze",
    "Task",
    "crontab",
    "current_run",
    "idle",
    "reactions",
    "start_relay",
    "stop_accepting",
    "stop_relay",
    "storable",
    "task",
    "tasks",
]
