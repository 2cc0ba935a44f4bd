"""Saying that one is there: every process with a role keeps one row of `Process` fresh for as long as it runs.

The row goes when the process ends in order (of one that served the API it says so instead). One that was killed leaves
its row, which is shown as silent and forgotten after a day. A thread of its own writes it, so that a relay which waits
for a silent broker is not taken for dead.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import structlog
from celery.signals import beat_init, worker_ready, worker_shutdown
from celery.worker import state
from django.conf import settings
from django.db import DatabaseError, connection

from angarium.kernel.clock import now

from .models import Process

EVERY = 10.0
FORGOTTEN_AFTER = timedelta(days=1)
#: Who serves the API in a fleet.
SERVING = (Process.Role.WEB, Process.Role.LIVE)
_log = structlog.get_logger(__name__)


class Presence:
    """This process in its role, from `start()` to `stop()` or to its end."""

    def __init__(self, role: str, *, queues: Sequence[str] = (), concurrency: int = 0) -> None:
        self._every = _pause(role)
        self._process = Process(
            role=role,
            host=socket.gethostname()[:255],
            pid=os.getpid(),
            version=version("angarium"),
            queues=sorted(queues),
            concurrency=concurrency,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Take the row away. A database that is away must not keep the process from ending."""
        if self._stopping.is_set() or os.getpid() != self._process.pid:
            return
        self._stopping.set()
        self._thread.join(2)

    def _keep(self) -> None:
        self._try(forget)
        while not self._stopping.is_set():
            self._try(self._renew)
            self._stopping.wait(self._every)
        self._try(self._leave)

    def _try(self, step: Any) -> None:
        try:
            step()
        except DatabaseError as error:
            _log.debug("presence.database_unavailable", error=str(error).strip())
        finally:
            connection.close()

    def _renew(self) -> None:
        """One statement, and a second one where there is no row (yet, or any more)."""
        self._process.seen_at, self._process.busy = now(), len(state.active_requests)
        mine = Process.objects.filter(pk=self._process.pk)
        if not mine.update(seen_at=self._process.seen_at, busy=self._process.busy):
            self._process.save(force_insert=True)

    def _leave(self) -> None:
        mine = Process.objects.filter(pk=self._process.pk)
        if self._process.role in SERVING:
            mine.update(left_at=now())
        else:
            mine.delete()


def processes() -> list[Process]:
    """Every process that was heard of within a day and has not left, the roles together, the oldest first."""
    heard = Process.objects.filter(seen_at__gte=now() - FORGOTTEN_AFTER, left_at__isnull=True)
    return list(heard.order_by("role", "host", "started_at"))


def forget() -> int:
    """Delete the rows of processes that nobody has heard of for a day; returns how many there were."""
    return Process.objects.filter(seen_at__lt=now() - FORGOTTEN_AFTER).delete()[0]


def _pause(role: str) -> float:
    """Who serves the API is looked for more often: leases of others hang on it."""
    return min(3.0, settings.LEASE_GRACE_SECONDS / 3) if role in SERVING else EVERY


def api_is_served() -> bool:
    """Could whoever wanted to renew a lease over HTTP do so lately? Yes where nobody ever said to serve it."""
    moment, grace = now(), timedelta(seconds=settings.LEASE_GRACE_SECONDS)
    serving = list(Process.objects.filter(role__in=SERVING).values_list("seen_at", "started_at", "left_at"))
    return not serving or any(
        left is None and seen >= moment - grace and started <= moment - grace for seen, started, left in serving
    )


_announced: list[Presence] = []
#: Shared with the processes of this one's pool.
_places = multiprocessing.RawValue("i", 0)


def places() -> int:
    """How many runs the worker that this process belongs to has at once; 0 where there is none."""
    return int(_places.value)


def announce(role: str, *, queues: Sequence[str] = (), concurrency: int = 0) -> None:
    """This process runs in this role from now on."""
    _places.value = concurrency
    _announced.append(Presence(role, queues=queues, concurrency=concurrency))
    _announced[-1].start()


@worker_shutdown.connect
def leave(**_: Any) -> None:
    """This process ends its work."""
    while _announced:
        _announced.pop().stop()


@worker_ready.connect
def _worker(sender: Any = None, **_: Any) -> None:
    queues = sender.app.amqp.queues.consume_from
    announce(Process.Role.WORKER, queues=list(queues), concurrency=sender.controller.concurrency)


@beat_init.connect
def _beat(**_: Any) -> None:
    announce(Process.Role.BEAT)
