"""The sender of text messages inside of `angarium up`: where no other is named, one of our own answers on loopback."""

from __future__ import annotations

from django.conf import settings

from angarium.engine.delivery.public import SenderBeside
from angarium.engine.observability.public import get_logger

_log = get_logger(__name__)


def local_sender() -> str:
    """Start it unless SENDER_URL names another one; where messages are handed over, empty for nowhere."""
    if not settings.SENDER_URL and "mailings" in settings.ANGARIUM_MODULES:
        settings.SENDER_URL = SenderBeside().url
        settings.SENDER_TOKEN = settings.SENDER_TOKEN or "local"
        _log.info("sender.local", url=settings.SENDER_URL)
    return str(settings.SENDER_URL)
