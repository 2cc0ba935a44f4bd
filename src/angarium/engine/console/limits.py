"""Sign-in is tried only so often: failures are counted per name and address, per name, and per address."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

#: Seconds a failure is remembered.
WINDOW = 300
#: Failures within the window after which nobody may try again: (name and address, name alone, address alone).
MOST = (5, 30, 60)


def address_of(request: HttpRequest) -> str:
    """The caller's address; behind our own TLS proxy the last one it noted."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        noted = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if noted:
            return noted
    return str(request.META.get("REMOTE_ADDR", ""))


def _keys(request: HttpRequest, name: str) -> list[str]:
    name, address = name.strip().casefold(), address_of(request)
    parts = (f"both:{name}@{address}", f"name:{name}", f"address:{address}")
    return [f"sign-in:{hashlib.sha256(part.encode('utf-8', 'replace')).hexdigest()}" for part in parts]


def exhausted(request: HttpRequest, name: str) -> bool:
    """May this caller not try this name now?"""
    keys = _keys(request, name)
    counts = cache.get_many(keys)
    return any(counts.get(key, 0) >= most for key, most in zip(keys, MOST, strict=True))


def failed(request: HttpRequest, name: str) -> None:
    """Remember one failure. The window starts with the first."""
    for key in _keys(request, name):
        if not cache.add(key, 1, WINDOW):
            try:
                cache.incr(key)
            except ValueError:  # ran out between the two calls
                cache.add(key, 1, WINDOW)


def forget(request: HttpRequest, name: str) -> None:
    """The right password was given: this pair starts afresh."""
    cache.delete(_keys(request, name)[0])
