"""`angarium sender`: the external sender of text messages as a local service, for demonstrations and tests."""

from __future__ import annotations

import asyncio
import signal
import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from angarium.engine.delivery.channels.sender.local import MODES, LocalSender, ending, serving


class Command(BaseCommand):
    help = "Answer as the external sender does: well, slowly, wrongly, or not at all; count the calls of each message."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9001, help="0 for a free one")
        parser.add_argument("--mode", default="ok", choices=list(MODES))
        parser.add_argument("--delay", type=float, default=60.0, help="seconds that the mode `slow` takes")
        parser.add_argument("--token", default="", help="the only token that is accepted; any when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        sender = LocalSender(options["mode"], delay=options["delay"], token=options["token"])
        try:
            listening = socket.create_server((options["host"], options["port"]), backlog=1024)
        except (OSError, OverflowError) as error:
            raise CommandError(f"Port {options['port']} of {options['host']} cannot be had: {error}") from error
        with listening:
            asyncio.run(self._serve(sender, listening))

    async def _serve(self, sender: LocalSender, listening: socket.socket) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        runner = await serving(sender, listening)
        host, port = listening.getsockname()[:2]
        self.stdout.write(f"sender: listening on http://{host}:{port}")
        self.stdout.flush()
        await stop.wait()
        await ending(runner)
