"""Celery's consumer, which survives whatever lies in the queue.

By itself it takes what cannot be decoded out of the queue without a word, and ends the whole worker over a body that is
JSON and no triple. Here such a message is a dead letter, unless ids of operations stand in it: then those fail, where
everybody can see it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from celery.worker.consumer import Consumer as CelerysConsumer

from . import metrics, runtime
from .message import ids_in

_log = structlog.get_logger(__name__)


class Consumer(CelerysConsumer):
    """The same, with every way that a message can be wrong led to one place."""

    def create_task_handler(self, *arguments: Any, **options: Any) -> Callable[[Any], None]:
        handle = super().create_task_handler(*arguments, **options)

        def guarded(message: Any) -> None:
            try:
                handle(message)
            except (*self.connection_errors, *self.channel_errors):
                raise
            except Exception as error:  # noqa: BLE001  whatever Celery raises over a message of somebody else's making
                self.on_malformed(message, error)

        return guarded

    def on_malformed(self, message: Any, error: object) -> None:
        """Its operations fail, or it is a dead letter."""
        metrics.malformed.inc()
        ids = ids_in(_text(message))
        _log.error("processor.malformed_message", error=str(error), ids=[str(id) for id in ids])
        if not ids:
            message.reject_log_error(_log, self.connection_errors)
            return
        self.pool.apply_async(self._refuse, (message, ids), callback=lambda _: None)

    def _refuse(self, message: Any, ids: list[UUID]) -> None:
        """In a thread of the pool, since it asks over the network; what the broker is told is told in the loop."""
        try:
            for id in ids:
                runtime.runner().refuse(id, "The message that called for it makes no sense.")
        except Exception:  # noqa: BLE001  this worker ends, or its spool is full: somebody else gets the message
            _log.warning("processor.not_refused", exc_info=True)
            self.call_soon_ack(partial(message.reject_log_error, _log, self.connection_errors, requeue=True))
        else:
            self.call_soon_ack(partial(message.ack_log_error, _log, self.connection_errors))

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """Somebody else's kind on a queue of ours. Not a failure of the operation: it will be called for again."""
        _log.error("processor.unknown_kind", kind=str(exc), because="No module of PROCESSOR_MODULES handles it.")
        message.reject_log_error(_log, self.connection_errors)

    def on_unknown_message(self, body: Any, message: Any) -> None:
        self.on_malformed(message, "It is no task's.")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:
        self.on_malformed(message, exc)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self.on_malformed(message, exc)


def _text(message: Any) -> str:
    body = message.body
    return bytes(body).decode("utf-8", "replace") if isinstance(body, bytes | bytearray | memoryview) else str(body)
