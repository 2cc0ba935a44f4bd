"""The sender of text messages inside of `angarium up`: where no other is named, one of our own answers on loopback."""

from __future__ import annotations

import asyncio
import threading

from django.conf import settings

from angarium.engine.delivery.channels.sender.local import LocalSender, serving

#: Seconds in which it is there.
PATIENCE = 10.0


def local_sender() -> str:
    """Start it unless SENDER_URL names another one; where messages are handed over."""
    if settings.SENDER_URL or "mailings" not in settings.ANGARIUM_MODULES:
        return str(settings.SENDER_URL)
    found: list[int] = []
    ready = threading.Event()

    def run() -> None:
        loop = asyncio.new_event_loop()
        _runner, port = loop.run_until_complete(serving(LocalSender(), "127.0.0.1", 0))
        found.append(port)
        ready.set()
        loop.run_forever()

    threading.Thread(target=run, name="local-sender", daemon=True).start()
    if not ready.wait(PATIENCE):
        raise RuntimeError("The local sender did not start.")
    settings.SENDER_URL, settings.SENDER_TOKEN = f"http://127.0.0.1:{found[0]}", settings.SENDER_TOKEN or "local"
    return str(settings.SENDER_URL)
