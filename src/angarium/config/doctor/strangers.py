"""Whether somebody else than this machine can reach the pages."""

from __future__ import annotations

from django.conf import settings

from angarium.config.cli import loopback
from angarium.config.settings import env


def who_else_may_come() -> list[str]:
    """The address that HOST says and the names of ALLOWED_HOSTS that are not of this machine alone."""
    names = [name for name in settings.ALLOWED_HOSTS if name != ".localhost" and not loopback(name.strip("[]"))]
    address = env.text("HOST", "127.0.0.1")
    return [*names, *([] if loopback(address) else [address])]
