"""An error in one line, without the passwords that stand in our own URLs."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings

from angarium.engine.observability.public import on_one_line

LONGEST = 300


def one_line(error: BaseException) -> str:
    """`OperationalError: connection refused`, of at most 300 characters."""
    lines = str(error).strip().splitlines() or [""]
    return on_one_line(_without_secrets(f"{type(error).__name__}: {lines[0].rstrip('.')}"))[:LONGEST]


def place(url: str) -> str:
    """Scheme, host and port of a URL, without who and the password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{(parts.hostname or '')}{f':{parts.port}' if parts.port else ''}"


def _without_secrets(text: str) -> str:
    peers = (peer["url"] for peer in settings.FORWARD_TO)
    urls = (settings.CELERY_BROKER_URL, settings.REDIS_URL, *peers)
    words = [urlsplit(url).password or "" for url in urls]
    words += [*map(unquote, words), str(settings.DATABASES["default"].get("PASSWORD") or "")]
    for word in filter(None, words):
        text = text.replace(word, "***")
    return text
