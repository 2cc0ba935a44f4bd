"""Telling the relay that something was committed: a hint, sent after the commit and never needed for correctness.

In process it sets a flag. On PostgreSQL it also sends NOTIFY in a transaction of its own: inside the writer's it
would serialise every commit of the instance behind one lock (measured: 5,012 to 1,549 transactions a second).
A hint within `QUIET` of the last one is not sent, because whoever received that one looks again after `LINGER`.
"""

from __future__ import annotations

import threading
import time

import structlog
from django.db import DatabaseError, connection

CHANNEL = "angarium_wake"
QUIET = 0.01
LINGER = 0.015
#: What is only watched, and not waited for, is told of this often.
CALM = 0.1

_log = structlog.get_logger(__name__)
_flag = threading.Event()
_last_sent = 0.0


def wake() -> None:
    """Called on commit. Never raises: the relay polls as well."""
    global _last_sent
    _flag.set()
    moment = time.monotonic()
    if connection.vendor != "postgresql" or connection.in_atomic_block or moment - _last_sent < QUIET:
        return
    _last_sent = moment
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {CHANNEL}; COMMIT")
    except DatabaseError as error:
        _log.warning("events.wake_failed", error=str(error))


def nudge() -> None:
    """As `wake`, for what can wait a moment: other processes hear of it at most every `CALM` seconds."""
    _flag.set()
    if time.monotonic() - _last_sent >= CALM:
        wake()


def woken(timeout: float) -> bool:
    """Wait until woken, at most `timeout` seconds. True when there was a hint."""
    hint = _flag.wait(timeout)
    _flag.clear()
    return hint


def wake_here() -> None:
    """Wake this process's relay only (used by the listener and on shutdown)."""
    _flag.set()
