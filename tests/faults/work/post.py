"""Channels that tell the history what they sent: letters are effects outside the database, as `work.send` has them."""

from __future__ import annotations

from typing import Any

from angarium.engine.delivery.channel import Channel, Message, Receipt
from angarium.engine.delivery.channels import CHANNELS, _instances, channel_named
from angarium.engine.tasks.public import current_run
from tests.faults.history import record


class Recorded:
    """A channel of the product's, as it is, with a line in the history for each message that it took."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def deliver(self, message: Message) -> Receipt:
        receipt = self._channel.deliver(message)
        run = current_run()
        said = {"key": run.operation, "event": run.claim.event_id, "about": message.id}
        record("outside", task="delivery.deliver", **said)
        return receipt


def record_all() -> None:
    """Have every channel of this process tell what it sends."""
    for name in CHANNELS:
        _instances[name] = Recorded(channel_named(name))
