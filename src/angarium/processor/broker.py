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
from kombu.transport import redis, virtual
from redis.exceptions import ConnectionError as Disconnected

#: The content type of what is handed on like that; nobody accepts it.
UNREADABLE = "application/x-unreadable"
_log = structlog.get_logger(__name__)


class Message(virtual.Message):
    """What came, or what is left of it when it is no message."""

    def __init__(self, payload: Any, channel: Any = None, **options: Any) -> None:
        try:
            super().__init__(payload, channel=channel, **options)
            json.dumps([self.delivery_tag + "", self.delivery_info["exchange"], self.delivery_info["routing_key"]])
        except (AttributeError, LookupError, TypeError, ValueError):
            super().__init__(_unreadable(payload), channel=channel, **options)


def _unreadable(payload: Any) -> dict[str, Any]:
    return {
        "body": json.dumps(payload),
        "content-type": UNREADABLE,
        "content-encoding": "utf-8",
        "headers": {},
        "properties": {"delivery_tag": str(uuid4()), "delivery_info": {"exchange": "", "routing_key": ""}},
    }


class Channel(redis.Channel):
    Message = Message

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
