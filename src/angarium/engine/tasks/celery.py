"""The Celery app: one Celery task per task of ours, each taking ids of operations and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import Any
from uuid import UUID

import billiard.pool
from celery import Celery
from celery.signals import worker_shutting_down

from angarium.processor.queues import queue_on, without_timers
from angarium.processor.transports import install_transports

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
install_transports()
without_timers()
app = Celery("angarium")
app.config_from_object("django.conf:settings", namespace="CELERY")
#: Tenths of a second that a process of the pool, when it ends, waits for its worker to have taken its results. There
#: are none, and a worker that stops takes no more: a stop in the wrong moment took half a minute.
billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10
#: Celery would close the database's connection before and after every message, and opening one costs more than the
#: rest of a short task. Connections that are old or broken are closed by `message`.
app.conf.update(CELERY_DB_REUSE_MAX=sys.maxsize, worker_consumer="angarium.processor.consumer:Consumer")

#: Set when this worker drains; shared with the processes of its pool. One byte needs no lock, and a process that is
#: killed would keep a shared one for ever.
_draining = multiprocessing.RawValue("b", 0)


@worker_shutting_down.connect
def _drain(**_: Any) -> None:
    stop_accepting()


def draining() -> bool:
    return bool(_draining.value)


def stop_accepting() -> None:
    """The worker in this process drains: what it has begun it ends, what else it holds it gives back."""
    _draining.value = 1


def start_accepting() -> None:
    """A worker in this process begins (again)."""
    _draining.value = 0


def install() -> None:
    """Make every registered task known to Celery, and every queue to the worker."""
    from .inbox import inboxes
    from .registry import tasks

    queues = {app.conf.task_default_queue}
    for task in tasks().values():
        queues.add(task.queue)
        if task.name not in app.tasks:
            app.task(_runner(task.name), name=task.name, shared=False)
    for one in inboxes():
        queues.add(one.queue)
        if one.name not in app.tasks:
            app.task(_taker(one), name=one.name, shared=False)
    app.conf.task_queues = [queue_on(app.conf.broker_url, name) for name in sorted(queues)]


def _runner(name: str) -> Any:
    def run(ids: list[str]) -> None:
        from .activity import at_work
        from .message import work_off

        with at_work():
            work_off(name, [UUID(id) for id in ids])

    return run


def _taker(one: Any) -> Any:
    def run(*arguments: Any, **named: Any) -> None:
        from .activity import at_work
        from .inbox import taker

        with at_work():
            taker(one)(*arguments, **named)

    return run
