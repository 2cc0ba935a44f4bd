"""The local sender in a thread of a process that has something else to do as well. It listens at once, and is loaded
when it is first asked: most of those processes never send anything."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .local import LocalSender

#: Seconds in which it ends.
PATIENCE = 10.0


class SenderBeside:
    """Answers at `url` from when it is made until `stop()`. OSError when the port cannot be had."""

    def __init__(self, sender: LocalSender | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._sender = sender
        self._listening = socket.create_server((host, port), backlog=1024)
        self.url = f"http://{host}:{self._listening.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._asked, self._ending = asyncio.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="local-sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Connecting is refused from here on."""
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(PATIENCE)

    def _end(self) -> None:
        self._ending.set()
        self._asked.set()

    def _serve(self) -> None:
        with self._listening:
            self._loop.run_until_complete(self._until_stopped())
        self._loop.close()

    async def _until_stopped(self) -> None:
        self._loop.add_reader(self._listening, self._asked.set)
        await self._asked.wait()
        self._loop.remove_reader(self._listening)
        if self._ending.is_set():
            return
        from .local import LocalSender, ending, serving

        runner = await serving(self._sender or LocalSender(), self._listening)
        await self._ending.wait()
        await ending(runner)
