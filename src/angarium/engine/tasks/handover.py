"""Messages that this process's worker takes for somebody else in it: it hands their ids on, and is done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from angarium.processor.message import ids_of
from angarium.processor.queues import queue_on

from .celery import app

#: Takes a kind and ids of operations of it; must not take long.
Take = Callable[[str, list[UUID]], None]


def hand_over(queue: str, kinds: Iterable[str], take: Take) -> None:
    """Have the worker of this process, which has not started yet, listen to this queue too."""
    app.amqp.queues.select_add(queue_on(app.conf.broker_url, queue))
    for kind in kinds:
        app.task(_taker(kind, take), name=kind, shared=False)


def _taker(kind: str, take: Take) -> Callable[..., None]:
    def hand_on(*args: Any, **kwargs: Any) -> None:
        take(kind, ids_of(args, kwargs))

    return hand_on
