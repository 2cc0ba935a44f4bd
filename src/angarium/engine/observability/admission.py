"""Who may read the numbers: whoever asks from a private address, and whoever has METRICS_TOKEN."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def may_read(request: HttpRequest) -> bool:
    """Every address that the request names has to be private: a proxy's own one says nothing of who asks it."""
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return True
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if "X-Forwarded-For" in request.headers else []
    return all(_is_private(address.strip()) for address in (request.META.get("REMOTE_ADDR", ""), *forwarded))


def _is_private(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_private
