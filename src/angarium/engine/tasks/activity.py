"""What this process has in hand: so that whoever stops it can wait for just that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_changed = threading.Condition()
_at_work = 0


@contextmanager
def at_work() -> Iterator[None]:
    """Count the message that is being worked on."""
    global _at_work
    with _changed:
        _at_work += 1
    try:
        yield
    finally:
        with _changed:
            _at_work -= 1
            _changed.notify_all()


def idle(timeout: float) -> bool:
    """Wait until nothing is in hand, at most `timeout` seconds. Was that reached?"""
    with _changed:
        return _changed.wait_for(lambda: _at_work == 0, timeout)
