"""Asking each peer's broker whether it is there, and, where it can say so, whether anybody takes what we send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amqp.exceptions import NotFound  # type: ignore[import-untyped]
from kombu.connection import Connection

from angarium.processor.conf import transport_options

from .peers import QUEUE, Peer, peers

#: Seconds for connecting and for each answer.
PATIENCE = 1


@dataclass(frozen=True, slots=True)
class PeerFound:
    """`error` is why the peer's broker cannot be used; `takers` are how many take from its queue, None where it cannot
    say."""

    peer: Peer
    error: Exception | None = None
    takers: int | None = None


def ask_peers() -> list[PeerFound]:
    return [_asked(peer) for peer in peers()]


def _asked(peer: Peer) -> PeerFound:
    options = transport_options(peer.url)
    short = {name: PATIENCE for name in options if name.endswith("timeout") and name != "visibility_timeout"}
    connection = Connection(peer.url, connect_timeout=PATIENCE, transport_options={**options, **short})
    try:
        connection.connect()
        takers = _takers(connection.connection) if peer.url.startswith(("amqp:", "amqps:")) else None
    except Exception as error:  # noqa: BLE001  brokers raise whatever their clients raise
        return PeerFound(peer, error=error)
    finally:
        connection.collect()
    return PeerFound(peer, takers=takers)


def _takers(wire: Any) -> int:
    try:
        with wire.channel() as channel:
            return int(channel.queue_declare(QUEUE, passive=True).consumer_count)
    except NotFound:
        return 0
