"""Tasks that misbehave, each in its own way; started by name. One that is run again behaves the same way."""

from __future__ import annotations

import ctypes
import os
import resource
from datetime import timedelta
from typing import Any

from angarium.engine.tasks.public import Done, Retry, current_run, task

SOON = timedelta(milliseconds=50)
BAD: dict[str, Any] = {"first_retry": SOON, "max_attempts": 2, "queue": "bad"}
SHORT = timedelta(seconds=1)
ONCE = {**BAD, "max_attempts": 1}
TEN_MEGABYTES = 10 * 2**20


def _leave(name: str) -> None:
    from .models import Effect

    Effect.objects.create(task=f"work.{name}", operation=current_run().operation)


@task(**BAD)
def segfault() -> None:
    """Reads the memory at address 0."""
    _leave("segfault")
    ctypes.string_at(0)


@task(timeout=SHORT, **BAD)
def spin() -> None:
    """Never ends, in Python."""
    _leave("spin")
    while True:
        pass


@task(timeout=SHORT, **ONCE)
def stuck() -> None:
    """Never ends, in C, other threads running on: it cannot be interrupted between two bytecodes."""
    _leave("stuck")
    ctypes.CDLL(None).pause()


@task(timeout=SHORT, **ONCE)
def frozen() -> None:
    """Never ends, in C, and holds the interpreter: not even the keeper's thread runs any more."""
    _leave("frozen")
    ctypes.PyDLL(None).pause()


@task(**BAD)
def leave() -> None:
    """Ends the process, as it thinks."""
    _leave("leave")
    raise SystemExit(3)


@task(**BAD)
def interrupt() -> None:
    """Raises what only Ctrl-C should."""
    _leave("interrupt")
    raise KeyboardInterrupt


@task(**BAD)
def fork() -> None:
    """Its child runs on as if it were the worker."""
    if os.fork():
        _leave("fork")


@task(**BAD)
def gorge() -> None:
    """Wants more memory than it may have."""
    _leave("gorge")
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**31, limits[1]))
    try:
        bytearray(2**32)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


@task(**BAD)
def swallow(text: str) -> Done:
    """Gets ten megabytes and answers with them."""
    _leave("swallow")
    return Done({"length": len(text), "text": text})


@task(**BAD)
def lament(text: str) -> Retry:
    """Complains at length."""
    return Retry(after=SOON, because=text)


@task(**BAD)
def shout(text: str) -> None:
    """Raises ten megabytes."""
    raise ValueError(text)
