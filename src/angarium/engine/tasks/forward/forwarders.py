"""One forwarder for each peer, for as long as a relay's loop runs."""

from __future__ import annotations

from .forwarder import Forwarder
from .incoming import open_inbox
from .metrics import show_peers
from .outgoing import start_forwarding  # noqa: F401  registers itself
from .peers import peers, register_peers


class Forwarders:
    """From `start()` to `stop()`; `wake()` says that there may be something to send."""

    def __init__(self) -> None:
        self._all: list[Forwarder] = []

    def start(self) -> None:
        self._all = [Forwarder(peer) for peer in peers()]
        for one in self._all:
            one.start()

    def wake(self) -> None:
        for one in self._all:
            one.wake()

    def stop(self) -> None:
        for one in self._all:
            one.ask_to_stop()
        for one in self._all:
            one.stop()


def begin() -> None:
    """What the settings ask for, once they are read."""
    register_peers()
    show_peers()
    open_inbox()
