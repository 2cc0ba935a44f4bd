"""For tests: a real worker and a real relay in this process, on the broker in memory, and waiting on what they do.

Nothing here is faked. Use it in tests whose transactions really commit, since worker and relay have connections of
their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from celery.signals import task_postrun
from celery.worker import WorkController
from django.db import connection
from django.db.models import Q

from angarium.engine.events.public import UNSTAMPED, lag, wake_here
from angarium.engine.ledger.public import Due, forget_published
from angarium.kernel.clock import now

from . import registry
from .activity import idle
from .celery import app, install, start_accepting
from .courier import hang_up
from .loop import RelayLoop

_moved = threading.Condition()


class WatchedLoop(RelayLoop):
    """The relay's loop, telling after each pass that something may have changed."""

    def _pass(self) -> float:
        pause = super()._pass()
        with _moved:
            _moved.notify_all()
        return pause


def _tell(**_: Any) -> None:
    connection.close()  # of the worker's thread, so that the database can be dropped
    with _moved:
        _moved.notify_all()


@contextmanager
def working() -> Iterator[WatchedLoop]:
    """A worker with four threads and a relay, for as long as the block lasts. The worker is kept for the next block:
    starting and stopping one takes seconds."""
    install()
    start_accepting()
    forget_published()
    _worker().consumer.update_strategies()
    loop = WatchedLoop()
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()
        assert idle(10), "the worker is still at work"


@cache
def _worker() -> Any:
    ready = threading.Event()
    worker = WorkController(
        app=app,
        pool_cls="threads",
        concurrency=4,
        quiet=True,
        optimization="fair",
        ready_callback=lambda consumer: ready.set(),
    )
    threading.Thread(target=worker.start, name="worker", daemon=True).start()
    task_postrun.connect(_tell)
    assert ready.wait(10), "the worker does not start"
    return worker


def settled(within: float = 30) -> None:
    """Wait until every event is stamped and nothing is running, published or due. AssertionError with what is."""
    until(_nothing_left, within=within, what=_open)
    idle(1)  # a line of the log comes after its commit; a thread that a test holds up is not waited for


def until(condition: Callable[[], bool], *, within: float = 10, what: Callable[[], object] | None = None) -> None:
    """Wait until the condition holds; it is asked again whenever worker or relay have done something."""
    deadline = time.monotonic() + within
    with _moved:
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"not within {within} s" + (f": {what()}" if what else "")
            _moved.wait(min(left, 0.5))


def bring_forward(*kinds: str) -> list[timedelta]:
    """Make everything due now that waits for its time, or only operations of these kinds; returns how long each would
    have waited."""
    moment = now()
    later = Due.objects.filter(claimed=False, publishes=0, due_at__gt=moment).order_by("due_at")
    waiting = list(later.filter(kind__in=kinds) if kinds else later)
    Due.objects.filter(pk__in=[row.pk for row in waiting]).update(due_at=moment, since=moment)
    wake_here()
    return [row.due_at - moment for row in waiting if row.due_at]


@contextmanager
def broker_at(url: str, options: dict[str, Any]) -> Iterator[None]:
    """This process publishes to the broker at that URL, with these transport options."""
    before = {name: app.conf[name] for name in ("broker_url", "broker_transport_options", "task_queues")}
    _move_to(broker_url=url, broker_transport_options=options)
    install()
    try:
        yield
    finally:
        _move_to(**before)


def _move_to(**conf: Any) -> None:
    hang_up()
    app.conf.update(conf)
    app._after_fork()
    app.__dict__.pop("amqp", None)


def send(name: str, *arguments: Any, queue: str) -> None:
    """Publish a message as somebody else would, to an inbox."""
    app.send_task(name, args=list(arguments), queue=queue, ignore_result=True)


@contextmanager
def own_tasks() -> Iterator[None]:
    """Tasks registered in the block are forgotten after it."""
    before = dict(registry._tasks)
    try:
        yield
    finally:
        for name in set(registry._tasks) - set(before):
            app.tasks.pop(name, None)
        registry._tasks.clear()
        registry._tasks.update(before)


def _busy() -> Any:
    return Due.objects.filter(Q(claimed=True) | Q(publishes__gt=0) | Q(due_at__lte=now()))


def _nothing_left() -> bool:
    """Asked in one statement: what runs may tell of something new just as it ends."""
    busy, words = _busy().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({UNSTAMPED}) OR EXISTS ({busy})", words)
        return not cursor.fetchone()[0]


def _open() -> object:
    return [f"{lag()['unstamped']} events to be stamped"] + [
        f"{row.kind} {row.operation.state} {row.operation.message}" for row in _busy().select_related("operation")
    ]
