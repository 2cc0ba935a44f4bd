"""Where letters go. One URL says it all:

folder:                                         files in ANGARIUM_HOME/letters, where there is no mail server
console:                                        printed
smtp://user:password@host:587?tls=1             a server; tls=1 is STARTTLS
smtps://user:password@host                      a server that speaks TLS from the first byte
anymail+mailgun://?api_key=…&sender_domain=…    a provider's HTTP interface; its settings as anymail calls them
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from . import env

_FORMS = "folder:, console:, smtp://user:password@host:587?tls=1, smtps://… or anymail+mailgun://?api_key=…"


def _refuse(sentence: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"EMAIL_URL {sentence} Write one of {_FORMS}.")


def _backend(url: str) -> dict[str, Any]:
    """The settings of Django and anymail that the URL means. ImproperlyConfigured says what is wrong with it; the
    password in it is never shown."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refuse("is not a URL.") from None
    if parts.scheme == "folder":
        return {"EMAIL_BACKEND": "angarium.engine.delivery.channels.mail.folder.LetterFolder"}
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme in {"smtp", "smtps"}:
        return _smtp(parts, host, port)
    if parts.scheme.startswith("anymail+"):
        return _anymail(parts)
    raise _refuse("names no way to send letters that is known here.")


def _smtp(parts: SplitResult, host: str, port: int | None) -> dict[str, Any]:
    options = dict(parse_qsl(parts.query))
    secure, starts = parts.scheme == "smtps", options.pop("tls", "0")
    if not host or options or starts not in {"0", "1"} or (secure and starts == "1"):
        raise _refuse("needs a host, and of options knows tls=1 for smtp:// only.")
    return {
        "EMAIL_BACKEND": "angarium.engine.delivery.channels.mail.smtp.Smtp",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or (465 if secure else 587 if starts == "1" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": starts == "1",
        "EMAIL_USE_SSL": secure,
    }


def _anymail(parts: SplitResult) -> dict[str, Any]:
    provider = parts.scheme.removeprefix("anymail+")
    if not provider.isidentifier():
        raise _refuse("names no provider.")
    if find_spec("anymail") is None:
        raise ImproperlyConfigured("EMAIL_URL needs the package django-anymail: pip install 'angarium[mail]'.")
    if find_spec(f"anymail.backends.{provider}") is None:
        raise _refuse(f"names {provider}, which anymail does not know.")
    given = {f"{provider}_{name}".upper(): value for name, value in parse_qsl(parts.query)}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend",
        "ANYMAIL": {**given, "REQUESTS_TIMEOUT": EMAIL_TIMEOUT},
    }


def _sender(text: str) -> str:
    name, address = parseaddr(text)
    try:
        validate_email(address)
    except ValidationError:
        raise ImproperlyConfigured(
            f"DEFAULT_FROM_EMAIL={text!r} is no address. Write one such as Angarium <angarium@example.org>."
        ) from None
    if not name.isprintable():
        raise ImproperlyConfigured("DEFAULT_FROM_EMAIL has a name of more than one line. Write it on one.")
    return text


def _window(text: str) -> str:
    found = re.fullmatch(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)", text)
    if text and (found is None or found[1] == found[2]):
        raise ImproperlyConfigured(f"QUIET_HOURS={text!r} is no window of the day. Write one such as 22:00-08:00.")
    return text


#: Seconds that a mail server may take for each of its answers.
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT", 10, least=1, most=60)
#: Letters a second that all workers together send; 0 for as many as they can.
EMAIL_PER_SECOND = env.number("EMAIL_PER_SECOND", 0)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _sender(env.text("DEFAULT_FROM_EMAIL") or "Angarium <angarium@localhost>")
#: When nobody is disturbed, by each person's own clock; empty for never.
QUIET_HOURS = _window(env.text("QUIET_HOURS"))
LETTERS = env.home() / "letters"

globals().update(_backend(env.text("EMAIL_URL") or "folder:"))
