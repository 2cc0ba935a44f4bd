"""How many files a process makes at once: the threads of a worker have other work too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

_lock = threading.Lock()
_taken = 0


@contextmanager
def place() -> Iterator[bool]:
    """Is there room for one more, for as long as the block lasts?"""
    global _taken
    with _lock:
        free = _taken < settings.EXPORTS_AT_ONCE
        _taken += free
    try:
        yield free
    finally:
        with _lock:
            _taken -= free
