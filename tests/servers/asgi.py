"""An ASGI application, served in this process by the product's own server, for as long as the block lasts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

#: A pool of threads, and how many it has.
Pool = tuple[ThreadPoolExecutor, int]


@contextmanager
def served(application: Any) -> Iterator[int]:
    """The port where it answers."""
    from angarium.config import serving

    listening = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    server = serving.Server(serving.config(application), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    assert ready.wait(10)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    listening.close()


def hang_up(pools: Iterable[Pool]) -> None:
    """Close the connections that threads keep, so that the database can be emptied and dropped."""
    from django.db import connection

    for pool, number in pools:
        together = threading.Barrier(number)

        def close(together: threading.Barrier = together) -> None:
            together.wait(10)
            connection.close()

        wait([pool.submit(close) for _ in range(number)])
