"""Webhooks: which networks that are not for everybody they may call, and how long a receiver may take."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from django.core.exceptions import ImproperlyConfigured

from . import env

_LONGEST = 60.0


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ImproperlyConfigured(
            f"WEBHOOK_ALLOWED_NETWORKS has {text!r}, which is no network. Write ones such as 10.1.0.0/16,fd00:1::/64."
        ) from None


def _seconds(number: float) -> float:
    """A worker that ends waits for as long as this."""
    if number > _LONGEST:
        raise ImproperlyConfigured(f"WEBHOOK_TIMEOUT={number:g} is too long. Set it to {_LONGEST:g} seconds at most.")
    return number


#: Private, loopback and link-local networks that may be called all the same, and by plain http.
WEBHOOK_ALLOWED_NETWORKS = [_network(word) for word in env.words("WEBHOOK_ALLOWED_NETWORKS")]
#: Seconds that one call may take in all.
WEBHOOK_TIMEOUT = _seconds(env.number("WEBHOOK_TIMEOUT", 15, least=0.1))
