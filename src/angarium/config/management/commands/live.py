"""`angarium live`: frames as they are committed, over WebSockets and server-sent events."""

from __future__ import annotations

import os
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from angarium.config.settings import env
from angarium.engine.tasks.public import Process, announce, leave

from .up import listen


class Command(BaseCommand):
    help = (
        "Serve /ws/notifications/ and /events/ (and pages and API, for few); honours HOST and PORT. Any number may run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        listening = listen(env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000, least=0, most=65535))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # uvicorn raises the signal again when it is done with it
        from angarium.config.asgi import application
        from angarium.config.serving import serve

        serve(application, listening, on_ready=self.tell)
        leave()
        self.stdout.flush()
        os._exit(0)  # a request that is still under way in a thread would keep the process

    def tell(self) -> None:
        announce(Process.Role.LIVE)
        self.stdout.write("live: running")
        self.stdout.flush()
