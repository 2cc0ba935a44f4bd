"""Carrying wake-up calls to the broker: ids of operations, with publisher confirms, never inside a transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import structlog
from kombu.entity import Queue

from angarium.engine.ledger.public import Call, unpublished
from angarium.processor.queues import WrongQueue, queue_on

from .celery import app
from .metrics import broker_failures, published
from .registry import task_named

MOST_PER_MESSAGE = 200
#: So many share a message even without a backlog: running them together costs little more than running one.
FEW = 16
AGAIN_AFTER = 1.0
#: Seconds until it is tried again to use a queue that was refused as it is.
UNUSABLE_AGAIN_AFTER = 30.0
CONFIRM_SECONDS = 5
_line = threading.local()
_log = structlog.get_logger(__name__)


def publish(calls: Sequence[Call]) -> int:
    """Publish these calls; returns how many the broker took. What it did not take is due again in a second.

    A queue that cannot be used holds up its own calls alone. A call without a queue is for somebody who asks over HTTP:
    it counts as taken.
    """
    taken, unusable = 0, set[str]()
    messages = list(_messages(calls))
    for number, (kind, queue, ids) in enumerate(messages):
        if queue in unusable:
            unpublished(ids, after=UNUSABLE_AGAIN_AFTER)
            continue
        try:
            _send(kind, queue, ids)
        except WrongQueue as error:
            unusable.add(queue)
            _not_taken("tasks.queue_unusable", error, ids, UNUSABLE_AGAIN_AFTER)
            continue
        except Exception as error:  # noqa: BLE001  brokers raise whatever their clients raise; the ledger keeps the work
            left = [id for _, _, rest in messages[number:] for id in rest]
            _not_taken("tasks.broker_unreachable", error, left, AGAIN_AFTER)
            return taken
        taken += len(ids)
    return taken


def _not_taken(event: str, error: Exception, ids: Sequence[UUID], after: float) -> None:
    _log.warning(event, error=f"{type(error).__name__}: {error}", waiting=len(ids))
    unpublished(ids, after=after)
    broker_failures.inc()


def _send(kind: str, queue: str, ids: Sequence[UUID]) -> None:
    """Returns when the broker has said that it has the message. Raises when it refuses it, has no such queue, or says
    nothing; the connection is then given up: what it still had to say would be heard as the answer to the next."""
    if not queue:
        return
    try:
        app.send_task(
            kind,
            args=[[str(id) for id in ids]],
            queue=_declared(queue),
            producer=_producer(),
            retry=False,
            ignore_result=True,
            mandatory=True,
            confirm_timeout=CONFIRM_SECONDS,
        )
    except Exception:
        hang_up()
        raise
    published.labels(queue).inc(len(ids))


def _declared(name: str) -> Queue:
    """The queue as its workers declare it. It is declared before the first message on a connection, since those of a
    processor may never have been started; and it is none that a worker of ours would begin to listen to."""
    return app.amqp.queues.get(name) or queue_on(app.conf.broker_url, name)


def _producer() -> Any:
    """On a connection of this thread's own: Celery's pool waits for ever where connections were lost."""
    if getattr(_line, "connection", None) is None:
        _line.connection = app.connection_for_write()
        _line.connection.connect()
        _line.producer = app.amqp.Producer(_line.connection, auto_declare=False)
    return _line.producer


def hang_up() -> None:
    """Give this thread's connection up, without a word that a silent broker would have to answer."""
    if getattr(_line, "connection", None) is not None:
        _line.connection.collect()
    _line.connection = None


def _messages(calls: Sequence[Call]) -> Iterator[tuple[str, str, list[UUID]]]:
    """(task, queue, ids): with a backlog many ids of one task share a message, unless one could hold up the rest."""
    by_task: dict[tuple[str, str], list[UUID]] = {}
    for call in calls:
        by_task.setdefault((call.kind, call.queue), []).append(call.operation)
    for (kind, queue), ids in by_task.items():
        known = task_named(kind)
        batched = known is not None and known.batched
        size = min(max(len(ids) // 8, FEW), MOST_PER_MESSAGE) if batched else 1
        for first in range(0, len(ids), size):
            yield kind, queue, ids[first : first + size]
