"""What a Celery worker of ours also does: it runs the relay's loop as a thread while it works."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from angarium.engine.ledger.public import forget_published

from .celery import app, start_accepting
from .loop import RelayLoop

_loops: list[RelayLoop] = []


@worker_ready.connect
def start_relay(*, serves: bool = False, **_: Any) -> None:
    start_accepting()
    if app.conf.broker_url.startswith("memory:"):
        forget_published()
    loop = RelayLoop(serves=serves)
    _loops.append(loop)
    loop.start()


@worker_shutting_down.connect
@worker_shutdown.connect
def stop_relay(timeout: float = 5.0, **_: Any) -> None:
    """End the loop, waiting at most `timeout` seconds for what it is doing."""
    while _loops:
        _loops.pop().stop(timeout)
