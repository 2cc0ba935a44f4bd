"""E-mail as a channel, through a back end of Django's or anymail's (EMAIL_URL says which)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    Message,
    PermanentFailure,
    ProviderAway,
    Receipt,
    TemporaryFailure,
)

from .mail import smtp
from .mail.letter import letter_of


class Email:
    """One connection per letter, each answer awaited for EMAIL_TIMEOUT seconds.

    It counts as idempotent, so an unknown outcome is tried again: mail servers do not honour an id, but the
    Message-ID stays the same, by which mail programs show a letter that came twice once. A letter that never came
    would be worse than one that came twice.
    """

    provider = "email"
    idempotent = True
    disturbs = True

    @property
    def per_second(self) -> float:
        return float(settings.EMAIL_PER_SECOND)

    def deliver(self, message: Message) -> Receipt:
        letter = letter_of(message)
        try:
            connection = get_connection()
            connection.send_messages([letter])
        except Exception as error:
            raise failure_of(error) from error
        return _receipt(connection, letter)


def trouble() -> str:
    """What is wrong with the settings of the back end, in a sentence; empty when it can be made."""
    try:
        get_connection()
    except Exception as error:  # noqa: BLE001  a back end of anybody's may raise anything
        return failure_of(error).message
    return ""


def _receipt(connection: Any, letter: Any) -> Receipt:
    status = getattr(letter, "anymail_status", None)
    known_as = getattr(status, "message_id", None) or letter.extra_headers["Message-ID"]
    return Receipt(id=str(known_as)[:300], answer=getattr(connection, "answer", ""))


def failure_of(error: Exception) -> DeliveryFailure:
    """What went wrong, as one of the contract's failures, whichever back end said it."""
    if settings.EMAIL_BACKEND.startswith("anymail."):
        from .mail import anymail

        if (found := anymail.meaning(error)) is not None:
            return found
    if (found := smtp.meaning(error)) is not None:
        return found
    if isinstance(error, OSError):  # refused, unknown host, timed out, a full disk
        return ProviderAway(f"Letters cannot be handed over: {error or type(error).__name__}")
    if isinstance(error, ValueError):
        return PermanentFailure(f"This cannot be written as a letter: {error}")
    return TemporaryFailure(f"The letter was not sent: {type(error).__name__}: {error}")
