"""Worker, relay and beat as threads of a process that has something else to do as well."""

from __future__ import annotations

import threading
from typing import Any

from celery.apps.beat import Beat
from celery.worker import WorkController

from .activity import idle
from .celery import app, stop_accepting
from .models import Process
from .presence import announce, leave
from .worker import start_relay, stop_relay

CONCURRENCY = 4
SCHEDULE_INTERVAL = 5


class InProcess:
    """Runs from `start()` on; `stop()` waits for what is being worked on and for nothing else: beat and the worker's
    loop sleep most of their time and hold nothing that a transaction does not."""

    def __init__(self) -> None:
        self._worker = WorkController(
            app=app, pool_cls="threads", concurrency=CONCURRENCY, quiet=True, optimization="fair"
        )
        self._beat: Any = Beat(app=app, quiet=True).Service(
            app, scheduler_cls=app.conf.beat_scheduler, max_interval=SCHEDULE_INTERVAL
        )

    def start(self) -> None:
        announce(Process.Role.EMBEDDED, queues=list(app.amqp.queues), concurrency=CONCURRENCY)
        start_relay(serves=True)
        threading.Thread(target=self._worker.start, name="worker", daemon=True).start()
        threading.Thread(target=self._beat.start, name="beat", daemon=True).start()

    def stop(self, timeout: float) -> None:
        """Wait at most `timeout` seconds; what still runs then keeps its lease and is taken up again."""
        self._beat.stop(wait=False)
        stop_accepting()
        stop_relay(timeout=1.0)
        idle(timeout)
        leave()
