"""Whom we believe when it says where a request comes from: the proxies that FORWARDED_ALLOW_IPS names."""

from __future__ import annotations

from angarium.config.settings import env


def proxies() -> list[str]:
    """Their addresses and networks; `*` for everybody's. Those of this machine when nothing is said."""
    return env.words("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
