"""Redis as broker, with two faults of kombu 5.7 mended, each of which ended the whole worker.

When a connection is lost kombu forgets whose it was, and then asks the same channel to give back or acknowledge what
was under way. That raised AttributeError, which nobody expects; as an error of the connection it is handled: the
message comes back by itself, and the ledger publishes again what it does not see claimed.

What somebody else put into a queue's list need not be a message of kombu's. JSON of another shape is handed on as the
body of a message that nobody can read, so that the worker decides what becomes of it; what is no JSON is gone.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as Disconnected

#: The content type of what is handed on like that; nobody accepts it.
UNREADABLE = "application/x-unreadable"
_log = structlog.get_logger(__name__)


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise Disconnected("This channel's connection to the broker was lost.")
        return super()._connparams(asynchronous=asynchronous)

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except json.JSONDecodeError as error:
            _log.error("broker.unreadable_message", error=str(error), text=error.doc[:1000])
            return True


class Transport(redis.Transport):
    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        super()._deliver(message if _is_message(message) else _unreadable(message, queue), queue)


def _is_message(message: Any) -> bool:
    """Has it what kombu takes for granted?"""
    if not isinstance(message, dict) or not isinstance(message.get("headers"), dict | None):
        return False
    properties, body = message.get("properties"), message.get("body")
    return isinstance(properties, dict) and isinstance(body, str | None) and "delivery_tag" in properties


def _unreadable(message: Any, queue: str) -> dict[str, Any]:
    where = {"exchange": "", "routing_key": queue}
    return {
        "body": json.dumps(message),
        "content-type": UNREADABLE,
        "content-encoding": "utf-8",
        "headers": {},
        "properties": {"delivery_tag": str(uuid4()), "delivery_info": where},
    }


def install_transport() -> None:
    """Have `redis://` and `rediss://` mean the transport above."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
