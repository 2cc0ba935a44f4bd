"""`angarium relay`: the relay's loop alone."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from angarium.engine.observability.public import serve_metrics
from angarium.engine.tasks.public import Process, RelayLoop, announce, leave
from angarium.kernel.checks import OURS


class Command(BaseCommand):
    help = "Stamp events and dispatch what is due. Any number may run."
    requires_system_checks = (OURS,)

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        loop = RelayLoop()
        loop.start()
        serve_metrics()
        announce(Process.Role.RELAY)
        self.stdout.write("relay: running")
        self.stdout.flush()
        stop.wait()
        loop.stop()
        leave()
