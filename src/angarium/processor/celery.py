"""The Celery app of a processor: `celery -A angarium.processor worker`. One Celery task per kind that has a handler."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.exceptions import Reject
from celery.signals import setup_logging, worker_init, worker_shutdown, worker_shutting_down

from . import lines, literal, runtime  # noqa: F401  `literal` is a handler
from .conf import conf
from .message import Malformed, ids_of
from .queues import queue_on, without_timers
from .registry import handlers, load_modules
from .runner import Stopping
from .settings import WrongSetting, load
from .transports import install_transports

settings = load()
install_transports()
without_timers()
#: A process has one spool and one keeper of its leases, hence threads: more processes are more workers. Without fixups,
#: since Celery would load Django where a variable names its settings.
app = Celery("angarium.processor", set_as_current=False, fixups=[])
app.conf.update(
    conf(settings.broker_url),
    task_default_queue=settings.queues[0],
    task_queues=[queue_on(settings.broker_url, name) for name in settings.queues],
    worker_pool="threads",
    worker_concurrency=settings.concurrency,
    worker_consumer="angarium.processor.salvage:Salvaging",
)
load_modules(settings.modules)


def install() -> None:
    """Make every handler known to Celery."""
    for kind in handlers():
        if kind not in app.tasks:
            app.task(_taker(kind), name=kind, shared=False)


def _taker(kind: str) -> Callable[..., None]:
    def take(*args: Any, **kwargs: Any) -> None:
        try:
            work_off(kind, args, kwargs)
        except Stopping as error:
            raise Reject("This worker ends.", requeue=True) from error
        except Malformed as error:
            raise Reject(str(error), requeue=False) from error

    return take


def work_off(kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Do what one message says. Malformed when it says nothing, not even whose message it was meant to be."""
    runner = runtime.runner()
    try:
        ids = ids_of(args, kwargs)
    except Malformed as error:
        if not error.ids:
            raise
        for id in error.ids:
            runner.refuse(id, str(error))
        return
    for id in ids:
        runner.run(kind, id)


@worker_init.connect
def _begin(**_: Any) -> None:
    try:
        lines.configure(settings.log_format, settings.log_level)
        runtime.start(settings.checked())
    except WrongSetting as error:
        sys.exit(f"angarium: {error}")
    install()  # again: a service may have declared its handlers after it imported this


@setup_logging.connect
def _logging(**_: Any) -> None:
    """Celery leaves it to us, since somebody is connected here."""


@worker_shutting_down.connect
def _drain(**_: Any) -> None:
    runtime.drain()


@worker_shutdown.connect
def _end(**_: Any) -> None:
    runtime.stop()


install()
