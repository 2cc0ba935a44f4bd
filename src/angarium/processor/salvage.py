"""The consumer of a processor: a malformed message in which ids of operations stand fails those, where everybody can
see it, instead of leaving them to wait for a message that makes sense."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import structlog

from . import metrics, runtime
from .consumer import Consumer
from .message import ids_in

_log = structlog.get_logger(__name__)


class Salvaging(Consumer):
    def on_malformed(self, message: Any, error: object) -> None:
        """Its operations fail, or it is a dead letter."""
        metrics.malformed.inc()
        ids = ids_in(_text(message))
        if not ids:
            super().on_malformed(message, error)
            return
        _log.error("processor.malformed_message", error=str(error)[:1000], ids=[str(id) for id in ids])
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


def _text(message: Any) -> str:
    body = message.body
    return bytes(body).decode("utf-8", "replace") if isinstance(body, bytes | bytearray | memoryview) else str(body)
