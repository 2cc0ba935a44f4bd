"""System checks over the settings as a whole: what fits singly and not together, with what to do about it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from angarium.kernel.checks import OURS

from .cli import loopback


@register(OURS)
def one_process_or_a_broker(app_configs: Any, **_: object) -> list[CheckMessage]:
    """A broker in memory reaches nobody outside its process."""
    embedded = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if embedded or not settings.CELERY_BROKER_URL.startswith("memory:"):
        return []
    return [
        Warning(
            "The database is a server, but the broker is in memory, where no other process hears it.",
            hint="Set CELERY_BROKER_URL to a Redis or RabbitMQ; until then accepted work waits in the ledger.",
            id="angarium.config.W001",
        )
    ]


@register(OURS)
def open_on_loopback_only(app_configs: Any, **_: object) -> list[CheckMessage]:
    """Letting everybody in is for one's own machine."""
    others = [host for host in settings.ALLOWED_HOSTS if not loopback(host.strip("[]")) and host != ".localhost"]
    if not settings.ANGARIUM_OPEN or not others:
        return []
    return [
        Error(
            f"ANGARIUM_OPEN lets everybody act without a token, and others may come as {', '.join(others)}.",
            hint="Set ANGARIUM_OPEN=0, or take these names out of ALLOWED_HOSTS.",
            id="angarium.config.E001",
        )
    ]
