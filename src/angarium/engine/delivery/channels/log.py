"""The log as a channel: the message is one line of the process's log, written after its row is committed."""

from __future__ import annotations

import logging

from angarium.engine.delivery.channel import Message, Receipt

_log = logging.getLogger("angarium.notifications")


class Log:
    """Prints the body verbatim; what could begin another line is escaped. It disturbs nobody and is always there."""

    provider = "log"
    idempotent = True
    disturbs = False
    per_second = 0.0

    def deliver(self, message: Message) -> Receipt:
        line = one_line(message.body)
        return Receipt(after_commit=lambda: _log.info("%s", line))


def one_line(text: str) -> str:
    """The text with everything that is not printable escaped, so that it cannot forge a second line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text.strip("\n"))
