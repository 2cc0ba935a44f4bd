"""The broker in memory of the one process, which wakes whoever waits for a message.

kombu's own looks into its queues fifty times a second for as long as the process lives, which was most of what the
process cost at rest, and a message waited for the next look.
"""

from __future__ import annotations

import threading
import time
from queue import Empty
from typing import Any

from kombu.transport import memory

#: Seconds until somebody who waits looks all the same.
PATIENCE = 0.5


class _News:
    """How often something happened that may let somebody go on: a message came, or room for one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def tell(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def count(self) -> int:
        return self._count

    def wait(self, seen: int, seconds: float) -> None:
        """Until there is news since `seen`, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen, seconds)


_news = _News()


class Channel(memory.Channel):
    def _put(self, queue: str, message: Any, **options: Any) -> None:
        super()._put(queue, message, **options)
        _news.tell()

    def _put_fanout(self, exchange: str, message: Any, *arguments: Any, **options: Any) -> None:
        super()._put_fanout(exchange, message, *arguments, **options)
        _news.tell()

    def basic_ack(self, *arguments: Any, **options: Any) -> None:
        super().basic_ack(*arguments, **options)
        _news.tell()

    def basic_reject(self, *arguments: Any, **options: Any) -> None:
        super().basic_reject(*arguments, **options)
        _news.tell()


class Transport(memory.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Deliver one message; TimeoutError when none came within `timeout` seconds."""
        queues: Any = self.cycle
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            seen = _news.count()
            try:
                queues.get(self._deliver, timeout=timeout)
            except Empty:
                left = PATIENCE if until is None else until - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                _news.wait(seen, min(left, PATIENCE))
            else:
                return
