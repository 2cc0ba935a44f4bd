"""What Celery is told: the settings under which it loses messages or has them done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings

from angarium.engine.tasks.public import CONSUMER_TIMEOUT, Task, tasks

from .check import Severity, check
from .settings import SETTINGS

#: Seconds after which Redis gives a message out again, when nothing else is said (kombu).
VISIBILITY = 3600.0
#: A task that may take longer than this must not keep other messages waiting behind it.
LONG = timedelta(minutes=1)


def scheme() -> str:
    """`redis`, `amqp` or `memory`, whether or not there is TLS around it."""
    return str(settings.CELERY_BROKER_URL).partition(":")[0].replace("rediss", "redis").replace("amqps", "amqp")


def longest_task() -> Task | None:
    """The task that may take longest; None where no module has any."""
    return max(tasks().values(), key=lambda task: task.timeout, default=None)


def told(name: str, default: Any = None) -> Any:
    """Celery's setting of this name, as Django's settings have it."""
    return getattr(settings, f"CELERY_{name}", default)


def shorter_than_longest(what: str, seconds: float) -> Iterator[str]:
    """The sentence for a limit that the longest task may outlast."""
    task = longest_task()
    if task is not None and seconds < task.timeout.total_seconds():
        yield f"{what} is {seconds:g} s, and {task.name} may take {task.timeout.total_seconds():g} s."


@check(
    "ANG001",
    "Redis gives a message out again while its task still runs",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="A message that is not acknowledged within visibility_timeout goes to a second worker (celery #9882, kombu "
    "#337). The ledger refuses the second claim, so nothing is done twice; but workers are kept busy with being "
    "refused.",
    remedy="Set visibility_timeout in CELERY_BROKER_TRANSPORT_OPTIONS above the timeout of the longest task, or give "
    "that task a shorter one.",
)
def visibility_timeout(_: None) -> Iterator[str]:
    if scheme() == "redis":
        options = told("BROKER_TRANSPORT_OPTIONS", {})
        yield from shorter_than_longest("visibility_timeout", float(options.get("visibility_timeout", VISIBILITY)))


@check(
    "ANG002",
    "RabbitMQ does not confirm what is published",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="Without confirms a message that RabbitMQ could not take is lost without a word (celery #5410, kombu #2336); "
    "its operation then waits until the ledger calls for it again.",
    remedy='Set "confirm_publish": True in CELERY_BROKER_TRANSPORT_OPTIONS.',
)
def confirms(_: None) -> Iterator[str]:
    if scheme() == "amqp" and not told("BROKER_TRANSPORT_OPTIONS", {}).get("confirm_publish"):
        yield "confirm_publish is off for RabbitMQ."


@check(
    "ANG003",
    "A message is lost with the process that works on it",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="With late acknowledgement alone Celery acknowledges the message of a process that was killed (celery #1628, "
    "#7924): the work waits until its lease has run out, and is not given back at once.",
    remedy="Set CELERY_TASK_REJECT_ON_WORKER_LOST = True.",
)
def rejected_when_lost(_: None) -> Iterator[str]:
    if told("TASK_ACKS_LATE", False) and not told("TASK_REJECT_ON_WORKER_LOST", False):
        yield "CELERY_TASK_ACKS_LATE is set without CELERY_TASK_REJECT_ON_WORKER_LOST."


@check(
    "ANG004",
    "Messages are acknowledged before their work is done",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="A worker that dies after it acknowledged takes its messages with it, those it had not begun as well; they "
    "are called for again only when their time in the ledger has come.",
    remedy="Set CELERY_TASK_ACKS_LATE = True.",
)
def acknowledged_late(_: None) -> Iterator[str]:
    if not told("TASK_ACKS_LATE", False):
        yield "CELERY_TASK_ACKS_LATE is off."


@check(
    "ANG005",
    "Short work waits behind long work that one process holds",
    of=SETTINGS,
    severity=Severity.WARNING,
    why="Each process of a pool then takes messages ahead; behind a long task they wait, although other processes are "
    "idle.",
    remedy="Set CELERY_WORKER_PREFETCH_MULTIPLIER = 1.",
)
def prefetch(_: None) -> Iterator[str]:
    ahead, task = int(told("WORKER_PREFETCH_MULTIPLIER", 4)), longest_task()
    if ahead != 1 and task is not None and task.timeout > LONG:
        yield (
            f"A process takes {ahead or 'any number of'} messages at once, and {task.name} may take "
            f"{task.timeout.total_seconds():g} s."
        )


@check(
    "ANG006",
    "RabbitMQ cuts off the worker of a long task",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="RabbitMQ closes the channel of a consumer that has kept a message for longer than the queue's consumer "
    "timeout (celery #6760): all that the worker holds comes back and is done again.",
    remedy="Give the task a shorter timeout, or raise CONSUMER_TIMEOUT in processor/queues.py and delete the queues, "
    "which are then declared anew.",
)
def consumer_timeout(_: None) -> Iterator[str]:
    if scheme() == "amqp":
        yield from shorter_than_longest("The consumer timeout of our queues", CONSUMER_TIMEOUT / 1000)


@check(
    "ANG007",
    "A result backend is set",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="Every outcome is in the ledger. A result backend would be a second, weaker truth: it cannot tell unknown "
    "from waiting, and writing to it can fail after the work was done (ADR-0004).",
    remedy="Unset CELERY_RESULT_BACKEND and read /api/operations/operations/.",
)
def result_backend(_: None) -> Iterator[str]:
    if backend := told("RESULT_BACKEND"):
        yield f"CELERY_RESULT_BACKEND is set ({str(backend).partition(':')[0]})."


@check(
    "ANG008",
    "Work runs inside the request that caused it",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="In eager mode nothing is claimed, leased or retried, and a rollback comes too late (ADR-0004).",
    remedy="Unset CELERY_TASK_ALWAYS_EAGER; `make up` runs a worker in the same process.",
)
def eager(_: None) -> Iterator[str]:
    if told("TASK_ALWAYS_EAGER", False):
        yield "CELERY_TASK_ALWAYS_EAGER is set."
