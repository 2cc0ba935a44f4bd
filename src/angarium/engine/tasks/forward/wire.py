"""One connection to a broker over which events go out and receipts come back; or the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from kombu.connection import Connection
from kombu.entity import Queue

from angarium.engine.tasks.celery import app
from angarium.processor.conf import transport_options
from angarium.processor.queues import queue_on

from .envelope import Parcel, Receipt, Receipts, written
from .peers import QUEUE, TASK, receipts_of

CONNECT_SECONDS, CONFIRM_SECONDS = 2, 5
#: Receipts that nobody asks for are of use for a day, and no more than this many.
MOST_RECEIPTS, DAY = 10_000, 24 * 3600 * 1000
_log = structlog.get_logger(__name__)


def receipts_queue(url: str, sender: str) -> Queue:
    """The queue for this sender's receipts as it is on this broker."""
    name, arguments = receipts_of(sender), None
    if url.startswith(("amqp:", "amqps:")):
        arguments = {"x-queue-type": "quorum", "x-max-length": MOST_RECEIPTS, "x-message-ttl": DAY}
    return Queue(name, routing_key=name, queue_arguments=arguments)


class Wire:
    """A connection to the broker at this URL, opened when `open()` is called, given up by `hang_up()`. It is used by
    one thread. Whatever kombu's transports raise comes through."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Any = None

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    def open(self) -> None:
        """Returns when the broker has let us in."""
        if self._connection is not None:
            return
        made = Connection(self.url, connect_timeout=CONNECT_SECONDS, transport_options=transport_options(self.url))
        self._connection = made
        made.connect()
        self._producer = app.amqp.Producer(made, auto_declare=False)
        self._answers: dict[str, Any] = {}

    def hang_up(self) -> None:
        """Give it up, without a word that a silent broker would have to answer."""
        if self._connection is not None:
            self._connection.collect()
        self._connection = None

    def send(self, sender: str, parcels: Sequence[Parcel]) -> None:
        """Returns when the broker has said that it has these."""
        app.send_task(
            TASK,
            args=[written(sender, parcels)],
            queue=queue_on(self.url, QUEUE),
            producer=self._producer,
            retry=False,
            ignore_result=True,
            mandatory=True,
            confirm_timeout=CONFIRM_SECONDS,
        )

    def answer(self, sender: str, receipts: Sequence[Receipt]) -> None:
        """Tell the sender what became of its events."""
        queue = receipts_queue(self.url, sender)
        self._producer.publish(
            msgspec.to_builtins(Receipts(receipts=list(receipts))),
            routing_key=queue.name,
            exchange="",
            declare=[queue],
            serializer="json",
            retry=False,
            mandatory=True,
            confirm_timeout=CONFIRM_SECONDS,
        )

    def heard(self, sender: str) -> tuple[Any, list[Receipt]] | None:
        """The next message of receipts for us, to be acknowledged when they are written down; None when none waits."""
        if sender not in self._answers:
            self._answers[sender] = receipts_queue(self.url, sender).bind(self._connection.default_channel)
            self._answers[sender].declare()
        message = self._answers[sender].get(accept=["json"])
        if message is None:
            return None
        try:
            return message, msgspec.convert(message.payload, Receipts).receipts
        except Exception as error:  # noqa: BLE001  kombu's decoders raise what theirs raise
            _log.warning("forward.unreadable_receipt", error=str(error)[:300])
            return message, []
