"""The external sender of text messages: where it is, how it knows us, and how much it is asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from . import env

_LONGEST = 60.0


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = not text or (parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        known = False
    if not known:
        raise ImproperlyConfigured("SENDER_URL is no address. Write one such as https://sender.example.org.")
    return text.rstrip("/")


def _recipient(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise ImproperlyConfigured(f"STATS_EMAIL={text!r} is no address. Write one such as anna@example.org.") from None
    return text


def _seconds(number: float) -> float:
    """What is on its way when a worker ends, or dies, waits for as long as this; hence the bound."""
    if number > _LONGEST:
        raise ImproperlyConfigured(f"SENDER_TIMEOUT={number:g} is too long. Set it to {_LONGEST:g} seconds at most.")
    return number


#: Empty: `angarium up` starts one of its own, anything else sends nothing and says so.
SENDER_URL = _address(env.text("SENDER_URL"))
SENDER_TOKEN = env.text("SENDER_TOKEN")
#: A file with the token, read again when it changes.
SENDER_TOKEN_FILE = env.text("SENDER_TOKEN_FILE")
#: Seconds that one call may take in all.
SENDER_TIMEOUT = _seconds(env.number("SENDER_TIMEOUT", 10, least=0.1))
#: Messages a second that all workers together hand over; 0 for as many as they can.
SENDER_PER_SECOND = env.number("SENDER_PER_SECOND", 0)
#: Calls that one mailing has under way at once.
SENDER_IN_FLIGHT = env.integer("SENDER_IN_FLIGHT", 100, least=1, most=2000)
#: Where the statistics of mailings are sent, daily and when somebody looks at them; empty for nowhere.
STATS_EMAIL = _recipient(env.text("STATS_EMAIL"))
