"""Serving live connections in this process, and doing the relay's work by hand."""

from __future__ import annotations

from typing import Any

from angarium.engine.events.public import stamp
from angarium.engine.ledger.public import stamp_work
from angarium.engine.live import threads
from tests.servers import asgi


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def hang_up() -> None:
    asgi.hang_up([(threads._threads, threads.NUMBER)])


def relay() -> None:
    """Do what the relay does for those who listen, once."""
    while stamp():
        pass
    while stamp_work().more:
        pass
