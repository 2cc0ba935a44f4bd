"""The embedded form: web, worker, beat and relay in one process on one SQLite file.

uvicorn has the main thread; the worker (with the relay inside) and beat have one each; the broker is in memory, so
what was published and not taken is published again at the next start. On a signal the server stops first, then
beat, then the worker; whatever is still running after the deadline keeps its lease and is taken up again.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable

import uvicorn

from angarium.config.asgi import application
from angarium.engine.tasks.public import InProcess

DEADLINE = 3.5


class Server(uvicorn.Server):
    """uvicorn that says when it serves."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def serve(listening: socket.socket, *, on_ready: Callable[[], object]) -> None:
    """Run everything until SIGINT or SIGTERM, then stop within five seconds. Does not return: the process ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # uvicorn raises the signal again when it is done with it
    background = InProcess()
    background.start()
    config = uvicorn.Config(
        application, lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=1, ws="none"
    )
    Server(config, on_ready).run(sockets=[listening])
    background.stop(DEADLINE)
    os._exit(0)
