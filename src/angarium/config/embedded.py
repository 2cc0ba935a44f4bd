"""The embedded form: web, live, worker, beat, relay and processor in one process on one SQLite file.

uvicorn has the main thread; the worker (with the relay inside) and beat have one each, the processor four; the broker
is in memory, so what was published and not taken is published again at the next start. On a signal the processor stops
first, since it reports to the server, then the server, beat and the worker; whatever is still running after the
deadline keeps its lease and is taken up again.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from functools import partial

from angarium.config import serving
from angarium.config.asgi import application
from angarium.config.processing import processing
from angarium.config.sender import local_sender
from angarium.engine.tasks.public import InProcess

#: Seconds that the processor, and then the worker, have for ending what they do.
LAST_REPORTS, DEADLINE = 1.0, 2.0


def serve(listening: socket.socket, *, on_ready: Callable[[], object]) -> None:
    """Run everything until SIGINT or SIGTERM, then stop within five seconds. Does not return: the process ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # uvicorn raises the signal again when it is done with it
    local_sender()
    processor = processing(listening)
    if processor is not None:
        processor.start()
    background = InProcess()
    background.start()
    on_stop = partial(processor.stop, LAST_REPORTS) if processor is not None else None
    serving.serve(application, listening, on_ready=on_ready, on_stop=on_stop)
    background.stop(DEADLINE)
    os._exit(0)
