"""Redis as broker, with one fault of kombu 5.7 mended, which ended the whole worker when the server went away.

When a connection is lost kombu forgets whose it was, and then asks the same channel to give back or acknowledge what
was under way. That raised AttributeError, which nobody expects; as an error of the connection it is handled: the
message comes back by itself, and the ledger publishes again what it does not see claimed.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as Disconnected


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise Disconnected("This channel's connection to the broker was lost.")
        return super()._connparams(asynchronous=asynchronous)


class Transport(redis.Transport):
    Channel = Channel


def install_transport() -> None:
    """Have `redis://` and `rediss://` mean the transport above."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
