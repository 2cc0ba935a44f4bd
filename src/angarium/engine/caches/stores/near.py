"""What this process has got from Redis, so that it need not be sent again while its versions hold. They are asked for
each time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from angarium.engine.caches.store import SECONDS, Found

#: Bytes that one process holds.
MOST = 16 * 1024 * 1024
NOTHING = Found((), None)
Key = tuple[str, str]


class Near:
    """Answers by the main scope and the question; what was not used for the longest time goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, tuple[float, Found]] = OrderedDict()
        self._bytes = 0

    def find(self, main: str, question: str) -> Found:
        """What was got under some versions; nothing when it is too old."""
        with self._lock:
            until, found = self._held.get((main, question), (0.0, NOTHING))
            if until < time.monotonic():
                self._drop((main, question))
                return NOTHING
            self._held.move_to_end((main, question))
            return found

    def keep(self, main: str, question: str, found: Found) -> None:
        assert found.kept is not None
        with self._lock:
            self._drop((main, question))
            self._held[main, question] = (time.monotonic() + SECONDS, found)
            self._bytes += len(found.kept)
            while self._bytes > MOST:
                self._drop(next(iter(self._held)))

    def _drop(self, key: Key) -> None:
        _, found = self._held.pop(key, (0.0, NOTHING))
        self._bytes -= len(found.kept or b"")
