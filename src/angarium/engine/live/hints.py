"""Hints that the logs have moved: sent after the commit, from the relay to every hub, and never needed.

Within a process a hub is called. Across processes they go through Redis, where there is one: a message says nothing
but "look", so it may come twice, late or never. A Redis that is away or silent holds up a thread of its own and nobody
else; hubs ask the database more often meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

from angarium.engine.events.public import after_stamping
from angarium.engine.observability.public import get_logger

if TYPE_CHECKING:
    import redis

CHANNEL = "angarium:live"
#: Seconds for any answer of Redis; and until it is asked whether it is still there, or looked for again.
PATIENCE, AGAIN = 2.5, 1.0
_log = get_logger(__name__)
_wakers: set[Callable[[], None]] = set()


class Relayed:
    """Does the relay run in this process? It is known as soon as it has given out a position."""

    here = False


@after_stamping
def tell(log: str, position: int) -> None:
    Relayed.here = True
    for wake in list(_wakers):
        wake()
    if settings.REDIS_URL:
        herald.tell()


class Herald:
    """Tells other processes through Redis. Many hints at once are one."""

    def __init__(self) -> None:
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def tell(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="herald", daemon=True)
                self._thread.start()
        self._news.set()

    def _run(self) -> None:
        import redis

        client = _client()
        while True:
            self._news.wait()
            self._news.clear()
            try:
                client.publish(CHANNEL, b"")
            except redis.RedisError as error:
                _log.info("live.hint_not_sent", error=str(error))


class Ear(threading.Thread):
    """Hears of other processes' hints, for as long as it runs. `hears` says whether Redis is there."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__(name="ear", daemon=True)
        self.hears = False
        self._wake = wake
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        import redis

        while not self._stopping.is_set():
            try:
                with _client().pubsub() as channel:  # type: ignore[no-untyped-call]
                    channel.subscribe(CHANNEL)
                    self._listen(channel)
            except redis.RedisError as error:
                if self.hears:
                    _log.warning("live.redis_lost", error=str(error))
            self.hears = False
            self._wake()
            self._stopping.wait(AGAIN)

    def _listen(self, channel: redis.client.PubSub) -> None:
        """Until it stops; redis.RedisError when Redis is gone, or says nothing for too long when it is asked to."""
        import redis

        heard = time.monotonic()
        while not self._stopping.is_set():
            message = channel.get_message(timeout=AGAIN)
            if message is not None:
                heard = time.monotonic()
                self._hear(str(message["type"]))
            elif time.monotonic() - heard > PATIENCE:
                raise redis.TimeoutError("Redis does not answer.")
            else:
                channel.ping()

    def _hear(self, kind: str) -> None:
        if not self.hears:
            _log.info("live.redis_heard")
            self.hears = True
            self._wake()  # what was said before
        elif kind == "message":
            self._wake()


def _client() -> redis.Redis:
    import redis  # here and above: only where there is one

    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry_on_timeout=False,
    )


def listen(wake: Callable[[], None]) -> Ear | None:
    """Have `wake` called from any thread after each hint. The ear is there where there is a Redis."""
    _wakers.add(wake)
    if not settings.REDIS_URL:
        return None
    ear = Ear(wake)
    ear.start()
    return ear


def stop_listening(wake: Callable[[], None], ear: Ear | None) -> None:
    _wakers.discard(wake)
    if ear is not None:
        ear.stop()


herald = Herald()
