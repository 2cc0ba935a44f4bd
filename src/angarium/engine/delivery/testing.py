"""For tests: a channel that does as it is told, and waiting and looking at what became of a message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .channel import Channel, Message, Receipt
from .channels import _instances, channel_named
from .models import Delivery
from .seeing import delivery_timeline

#: What one attempt does: raise this, or answer with this, or do this first and then take the message.
Script = Exception | Receipt | Callable[[Message], None]


class FakeChannel:
    """Does at each attempt what the next entry of its script says; after the last one it takes every message.

    `attempts` holds all messages offered, `taken` those it took; `called` is set at each attempt. It disturbs nobody
    unless told so, so that it may stand in for the log.
    """

    def __init__(
        self,
        *script: Script,
        always: Exception | None = None,
        provider: str = "fake",
        idempotent: bool = True,
        disturbs: bool = False,
        per_second: float = 0.0,
    ) -> None:
        self.script = list(script)
        self.always = always
        self.provider, self.idempotent, self.disturbs, self.per_second = provider, idempotent, disturbs, per_second
        self.attempts: list[Message] = []
        self.taken: list[Message] = []
        self.called = threading.Event()

    def deliver(self, message: Message) -> Receipt:
        self.attempts.append(message)
        self.called.set()
        if self.always is not None:
            raise self.always
        said = self.script.pop(0) if self.script else None
        if isinstance(said, Exception):
            raise said
        if callable(said):
            said(message)
        self.taken.append(message)
        return said if isinstance(said, Receipt) else Receipt()


@contextmanager
def channel_replaced(name: str, channel: Channel) -> Iterator[None]:
    """Let this channel stand in for the one called `name`."""
    before = channel_named(name)
    _instances[name] = channel
    try:
        yield
    finally:
        _instances[name] = before


def states_of(delivery: Delivery) -> list[str]:
    """The states that a message went through, from its timeline."""
    return [step.state for step in delivery_timeline(delivery.id)]


def assert_told(channel: FakeChannel, *bodies: str) -> None:
    """The channel took exactly these texts, in whatever order, each once."""
    assert sorted(message.body for message in channel.taken) == sorted(bodies)
