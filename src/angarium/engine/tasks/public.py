"""The door of the tasks."""

from celery.schedules import crontab

from angarium.engine.ledger.public import queue_depths
from angarium.processor.queues import CONSUMER_TIMEOUT, DEAD_LETTERS

from .celery import draining
from .handover import hand_over
from .inbox import Unreadable, inbox
from .inprocess import InProcess
from .inspection import BrokerAway, RabbitMQ, inspect_rabbitmq
from .loop import RelayLoop
from .models import Process
from .outcomes import Cancel, Done, Fail, Outcome, Retry, Snooze
from .presence import announce, leave, places, processes
from .registry import Task, reactions, task, tasks
from .run import Run, current_run
from .settle import storable
from .slots import Slot
from .timetable import Timing, schedules

__all__ = [
    "CONSUMER_TIMEOUT",
    "DEAD_LETTERS",
    "BrokerAway",
    "Cancel",
    "Done",
    "Fail",
    "InProcess",
    "Outcome",
    "Process",
    "RabbitMQ",
    "RelayLoop",
    "Retry",
    "Run",
    "Slot",
    "Snooze",
    "Task",
    "Timing",
    "Unreadable",
    "announce",
    "crontab",
    "current_run",
    "draining",
    "hand_over",
    "inbox",
    "inspect_rabbitmq",
    "leave",
    "places",
    "processes",
    "queue_depths",
    "reactions",
    "schedules",
    "storable",
    "task",
    "tasks",
]
