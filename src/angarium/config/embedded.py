"""The embedded form: web, live, worker, beat and relay in one process on one SQLite file.

uvicorn has the main thread; the worker (with the relay inside) and beat have one each; the broker is in memory, so
what was published and not taken is published again at the next start. On a signal the server stops first, then
beat, then the worker; whatever is still running after the deadline keeps its lease and is taken up again.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable

from angarium.config import serving
from angarium.config.asgi import application
from angarium.engine.tasks.public import InProcess

DEADLINE = 3.0


def serve(listening: socket.socket, *, on_ready: Callable[[], object]) -> None:
    """Run everything until SIGINT or SIGTERM, then stop within five seconds. Does not return: the process ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # uvicorn raises the signal again when it is done with it
    background = InProcess()
    background.start()
    serving.serve(application, listening, on_ready=on_ready)
    background.stop(DEADLINE)
    os._exit(0)
