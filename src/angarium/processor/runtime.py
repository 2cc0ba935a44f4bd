"""The runner of this process: made when its worker starts, drained when it is told to stop.

On SIGTERM nothing new is claimed; what runs may end within the grace. What does not keeps its lease, which nobody
renews any more, so that another worker takes it up. What was not reported is in the spool, for whoever opens it next.
"""

from __future__ import annotations

import os
import threading

import structlog

from angarium.client import Client

from . import metrics
from .runner import Runner
from .settings import Settings, worker_name

#: Seconds for which an ending process waits for Angarium to take what is left to report.
FAREWELL = 2.0
_log = structlog.get_logger(__name__)


class Runtime:
    """One client and one runner for all threads of this process."""

    def __init__(self, settings: Settings) -> None:
        self._client = Client(settings.url, token=settings.token, spool=settings.spool, worker=worker_name())
        self.runner = Runner(self._client, lease_seconds=settings.lease_seconds)
        self._deadline = threading.Timer(settings.grace, self._give_up)
        self._deadline.daemon = True
        metrics.watch(lambda: self._client.waiting, lambda: self._client.refused)
        metrics.serve(settings.metrics_host, settings.metrics_port)

    def drain(self) -> None:
        """Begin nothing new; end the process when the grace is over."""
        self.runner.stop()
        if not self._deadline.is_alive():
            self._deadline.start()

    def close(self) -> None:
        """Everything that ran has ended."""
        self._deadline.cancel()
        self._client.flush(timeout=FAREWELL)
        self._client.close()

    def _give_up(self) -> None:
        _log.warning("processor.grace_over")
        self._client.flush(timeout=FAREWELL)
        os._exit(0)


_current: list[Runtime] = []


def start(settings: Settings) -> Runtime:
    """Make the runtime of this process, in place of one before."""
    stop()
    _current.append(Runtime(settings))
    return _current[-1]


def drain() -> None:
    for runtime in _current:
        runtime.drain()


def stop() -> None:
    while _current:
        _current.pop().close()


def runner() -> Runner:
    """The runner of this process, whose worker has started."""
    return _current[-1].runner
