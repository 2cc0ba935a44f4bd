"""Inboxes: queues on which others send us more than ids. Whoever may publish on the broker may send there.

A message is acknowledged once what it says is committed. While the database is away it waits, and so does the worker,
which could do nothing else either; a worker that stops gives it back. What nobody can read goes to the dead letters.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from celery.exceptions import Reject
from django.db import DatabaseError, InterfaceError, close_old_connections

from angarium.engine.observability.public import counter

from .celery import draining

AGAIN_AFTER = 0.5
_unreadable = counter("angarium_inbox_unreadable", "Messages that could not be read, by inbox.", ["inbox"])
_log = structlog.get_logger(__name__)


class Unreadable(Exception):
    """This is no message of this inbox."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What takes the one argument of a message: the Celery task of this name, on this queue."""

    name: str
    queue: str
    take: Callable[[Any], None]


_inboxes: dict[str, Inbox] = {}


def inbox(name: str, *, queue: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Have this function take what others send. It writes in a transaction of its own, and raises Unreadable for what
    is no message; it may be called again with one that was taken already."""

    def decorate(take: Callable[[Any], None]) -> Callable[[Any], None]:
        _inboxes[name] = Inbox(name, queue, take)
        _unreadable.labels(name)
        return take

    return decorate


def inboxes() -> list[Inbox]:
    return [one for _, one in sorted(_inboxes.items())]


def taker(one: Inbox) -> Callable[..., None]:
    """The body of the Celery task."""

    def run(*arguments: Any, **named: Any) -> None:
        if len(arguments) != 1 or named:
            _reject(one, "It has not exactly one argument.")
        while not _taken(one, arguments[0]):
            if draining():
                raise Reject("This worker stops.", requeue=True)
            time.sleep(AGAIN_AFTER)

    return run


def _taken(one: Inbox, argument: Any) -> bool:
    close_old_connections()
    try:
        one.take(argument)
    except Unreadable as error:
        _reject(one, str(error))
    except (DatabaseError, InterfaceError) as error:
        _log.warning("inbox.database_unavailable", inbox=one.name, error=str(error).strip())
        return False
    return True


def _reject(one: Inbox, because: str) -> None:
    _unreadable.labels(one.name).inc()
    _log.warning("inbox.unreadable", inbox=one.name, because=because)
    raise Reject(because, requeue=False)
