"""The door of the tasks."""

from celery.schedules import crontab

from angarium.engine.ledger.public import queue_depths
from angarium.processor.queues import CONSUMER_TIMEOUT, DEAD_LETTERS

from .celery import draining
from .forward.asking import PeerFound, ask_peers
from .forward.metrics import lags as forward_lags
from .forward.peers import FORWARD
from .forward.peers import QUEUE as FORWARDED
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
    "FORWARD",
    "FORWARDED",
    "BrokerAway",
    "Cancel",
    "Done",
    "Fail",
    "InProcess",
    "Outcome",
    "PeerFound",
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
    "ask_peers",
    "crontab",
    "current_run",
    "draining",
    "forward_lags",
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
