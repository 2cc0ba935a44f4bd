"""For tests: a channel that does as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .channel import Channel, Message, Receipt
from .channels import _instances, channel_named


class FakeChannel:
    """Takes every message, after raising the given failures, one for each attempt. `attempts` holds all messages
    offered, `taken` those it took; `called` is set at each attempt."""

    def __init__(self, *failures: Exception, always: Exception | None = None) -> None:
        self.failures = list(failures)
        self.always = always
        self.attempts: list[Message] = []
        self.taken: list[Message] = []
        self.called = threading.Event()

    def deliver(self, message: Message) -> Receipt:
        self.attempts.append(message)
        self.called.set()
        if self.always is not None:
            raise self.always
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message)
        return Receipt()


@contextmanager
def channel_replaced(name: str, channel: Channel) -> Iterator[None]:
    """Let this channel stand in for the one called `name`."""
    before = channel_named(name)
    _instances[name] = channel
    try:
        yield
    finally:
        _instances[name] = before
