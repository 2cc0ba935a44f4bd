"""Hearing PostgreSQL's NOTIFY on a connection of its own and waking this process's relay."""

from __future__ import annotations

import threading

import structlog
from django.db import connection

from angarium.engine.events.public import CHANNEL, wake_here

_log = structlog.get_logger(__name__)


class Listener:
    """A thread that listens. When its connection breaks, `ensure()` starts another; polling covers the gap."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def ensure(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2)

    def _listen(self) -> None:
        import psycopg  # is loaded where there is PostgreSQL

        parameters = connection.get_connection_params()
        for ours in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(ours, None)
        try:
            with psycopg.connect(**parameters, autocommit=True) as listening:
                listening.execute(f"LISTEN {CHANNEL}")
                wake_here()
                while not self._stopping.is_set():
                    for _ in listening.notifies(timeout=0.2, stop_after=1):
                        wake_here()
        except psycopg.Error as error:
            _log.warning("relay.listener_lost", error=str(error).strip())
