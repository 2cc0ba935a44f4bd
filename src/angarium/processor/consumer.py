"""Celery's consumer, which survives whatever lies in the queue.

By itself it takes what cannot be decoded out of the queue without a word, and ends the whole worker over a body that is
JSON and no triple. Here such a message is a dead letter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from celery.worker.consumer import Consumer as CelerysConsumer

_log = structlog.get_logger(__name__)


class Consumer(CelerysConsumer):
    """The same, with every way that a message can be wrong led to one place."""

    def create_task_handler(self, *arguments: Any, **options: Any) -> Callable[[Any], None]:
        handle = super().create_task_handler(*arguments, **options)

        def guarded(message: Any) -> None:
            try:
                handle(message)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                self.on_malformed(message, error)
            except (*self.connection_errors, *self.channel_errors):
                raise
            except Exception as error:  # noqa: BLE001  whatever Celery raises over a message of somebody else's making
                self.on_malformed(message, error)

        return guarded

    def on_malformed(self, message: Any, error: object) -> None:
        """Put it aside."""
        _log.error("worker.malformed_message", error=str(error)[:1000])
        message.reject_log_error(_log, self.connection_errors)

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """Somebody else's kind on a queue of ours. Not a failure of the operation: it will be called for again."""
        _log.error("worker.unknown_kind", kind=str(exc)[:200])
        message.reject_log_error(_log, self.connection_errors)

    def on_unknown_message(self, body: Any, message: Any) -> None:
        self.on_malformed(message, "It is no task's.")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:
        self.on_malformed(message, exc)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self.on_malformed(message, exc)
