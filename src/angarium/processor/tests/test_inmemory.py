"""The broker in memory wakes who waits: at once for a message, and when there is room for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Connection, Queue

from angarium.processor.inmemory import Transport
from angarium.processor.transports import install_transports

QUEUE = Queue("woken", routing_key="woken")


@pytest.fixture
def connection() -> Iterator[Any]:
    install_transports()
    with Connection("memory://") as made:
        assert isinstance(made.transport, Transport)
        yield made


def waiting(connection: Any, seconds: float) -> threading.Thread:
    thread = threading.Thread(target=connection.drain_events, kwargs={"timeout": seconds})
    thread.start()
    return thread


def test_a_message_wakes_who_waits_for_it(connection: Any) -> None:
    came: list[Any] = []
    with connection.Consumer([QUEUE], callbacks=[lambda body, message: (came.append(body), message.ack())]):
        waits = waiting(connection, 60)
        with Connection("memory://") as other:
            other.Producer().publish("hello", routing_key="woken")
        waits.join(10)
    assert came == ["hello"]


def test_room_for_a_message_wakes_who_waits_with_it(connection: Any) -> None:
    came: list[Any] = []
    with connection.Consumer([QUEUE], callbacks=[lambda body, message: came.append(message)], prefetch_count=1):
        for body in ("first", "second"):
            connection.Producer().publish(body, routing_key="woken")
        connection.drain_events(timeout=5)
        waits = waiting(connection, 60)
        came[0].ack()
        waits.join(10)
        came[1].ack()
    assert [message.payload for message in came] == ["first", "second"]


def test_who_waits_in_vain_is_told_so_in_time(connection: Any) -> None:
    with connection.Consumer([QUEUE]):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0.2)
    assert 0.2 <= time.monotonic() - began < 5
