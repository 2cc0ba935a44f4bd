"""The external sender in a thread of the test: the product's local one, told per call how to answer, and asked
afterwards what came when."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from angarium.engine.delivery.channels.sender.local import LocalSender, serving
from tests.servers.environment import free_port

#: What to do with a call: its message's number, and for the how-manieth time it comes.
Mode = Callable[[int, int], str]


class Sender(LocalSender):
    """`answers` says in which mode each call is answered; while it is held, calls come in and wait. `asked` has the
    monotonic time and the number of each call."""

    def __init__(self, answers: Mode = lambda _id, _time: "ok", *, token: str = "") -> None:
        super().__init__(token=token)
        self.answers = answers
        self.asked: list[tuple[float, int]] = []
        self.tokens: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._free = asyncio.Event()
        self._free.set()
        self._runner: web.AppRunner | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def start(self) -> None:
        """Listen, on the same port each time."""
        self._runner = self._do(serving(self, socket.create_server(("127.0.0.1", self.port), backlog=1024)))

    def stop(self) -> None:
        """Connecting is refused from here on; what is under way is cut off."""
        if self._runner is not None:
            self._runner._shutdown_timeout = 0.1
            self._do(self._runner.cleanup())
        self._runner = None

    def hold(self) -> None:
        """Answer nobody until `let_go`."""
        self._loop.call_soon_threadsafe(self._free.clear)

    def let_go(self) -> None:
        self._loop.call_soon_threadsafe(self._free.set)

    def end(self) -> None:
        self.let_go()
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def since(self, at: float) -> list[int]:
        """The numbers of the calls that came after then."""
        return [id for when, id in list(self.asked) if when > at]

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def application(self) -> web.Application:
        made = super().application()
        made.middlewares.append(self._hear)
        return made

    @web.middleware
    async def _hear(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Nothing is awaited between choosing the mode and answering by it, so that calls do not mix."""
        id = request.match_info.get("id", "")
        if not id.isdigit():
            return await handler(request)
        self.asked.append((time.monotonic(), int(id)))
        self.tokens.add(request.headers.get("Authorization", ""))
        await self._free.wait()
        self.set_mode(self.answers(int(id), self.calls[int(id)] + 1))
        return await handler(request)


@contextmanager
def sender(answers: Mode = lambda _id, _time: "ok", *, token: str = "") -> Iterator[Sender]:
    """A sender for as long as the block lasts."""
    made = Sender(answers, token=token)
    made.start()
    try:
        yield made
    finally:
        made.end()
