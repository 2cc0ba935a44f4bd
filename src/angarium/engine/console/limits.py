"""Sign-in is tried only so often, and so are letters asked for: counted per name and address, per name, per address."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

#: Seconds a failure is remembered.
WINDOW = 300
#: Failures within the window after which nobody may try again: (name and address, name alone, address alone).
MOST = (5, 30, 60)
#: The same for letters with a link for a new password: nobody's box is filled with them.
MOST_LETTERS = (3, 5, 20)


def address_of(request: HttpRequest) -> str:
    """The caller's address; behind our own TLS proxy the last one it noted."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        noted = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if noted:
            return noted
    return str(request.META.get("REMOTE_ADDR", ""))


def _keys(request: HttpRequest, name: str, what: str = "sign-in") -> list[str]:
    name, address = name.strip().casefold(), address_of(request)
    parts = (f"both:{name}@{address}", f"name:{name}", f"address:{address}")
    return [f"{what}:{hashlib.sha256(part.encode('utf-8', 'replace')).hexdigest()}" for part in parts]


def exhausted(request: HttpRequest, name: str) -> bool:
    """May this caller not try this name now?"""
    return _reached(_keys(request, name), MOST)


def failed(request: HttpRequest, name: str) -> None:
    """Remember one failure. The window starts with the first."""
    _count(_keys(request, name))


def may_have_a_letter(request: HttpRequest, address: str) -> bool:
    """May this caller have a letter sent to this address now? Counts the asking."""
    keys = _keys(request, address, "letter")
    if _reached(keys, MOST_LETTERS):
        return False
    _count(keys)
    return True


def _reached(keys: list[str], most: tuple[int, ...]) -> bool:
    counts = cache.get_many(keys)
    return any(counts.get(key, 0) >= number for key, number in zip(keys, most, strict=True))


def _count(keys: list[str]) -> None:
    for key in keys:
        if not cache.add(key, 1, WINDOW):
            try:
                cache.incr(key)
            except ValueError:  # ran out between the two calls
                cache.add(key, 1, WINDOW)


def forget(request: HttpRequest, name: str) -> None:
    """The right password was given: this pair starts afresh."""
    cache.delete(_keys(request, name)[0])
