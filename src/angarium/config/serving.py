"""How uvicorn serves the ASGI application, in the one process of `make up` and in the role `live`.

On a signal nobody new is let in, who listens to live frames is told to connect elsewhere, and answers may still end.
A socket carries small frames of JSON: compressing each costs more than it saves, and no client has reason to send much.
Who a request comes from is believed only from the proxies that FORWARDED_ALLOW_IPS names.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from angarium.config.memory import settle
from angarium.config.proxies import proxies
from angarium.engine.live.public import FRAMED, station

#: Bytes of one message from a client; more closes its socket.
LARGEST_MESSAGE = 65536
#: Bytes that may lie between us and the kernel for each connection before we wait; what waits with us is shared by all.
BUFFER = 16384
#: Connections that may wait to be taken: as many as Linux lets wait at most, for all come back at once.
BACKLOG = 4096
#: Seconds in which a WebSocket answers a ping; it, or we, may be busy with ten thousand others.
PATIENCE = 60
#: Seconds that the server takes at most, when it stops, to say so to those who listen; then those that answers have.
FAREWELL, GRACE = 0.5, 1


class Requests(HttpToolsProtocol):
    """uvicorn's HTTP, of which ten thousand streams that read slowly hold no more than they must."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BUFFER)


class Sockets(WebSocketsSansIOProtocol):
    """uvicorn's WebSockets that also take what is framed already (FRAMED), and write it as it is."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BUFFER)

    async def run_asgi(self) -> None:
        self.scope.setdefault("extensions", {})[FRAMED] = {}
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        framed = message.get(FRAMED)
        if framed is None or not self.handshake_complete or self.close_sent:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected:
            raise ClientDisconnected
        self.transport.write(framed)


class Server(uvicorn.Server):
    """uvicorn that says when it serves and that it stops; by itself it cuts streams off and says 1012 to sockets."""

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], object], on_stop: Callable[[], object] | None = None
    ) -> None:
        super().__init__(config)
        self._on_ready, self._on_stop = on_ready, on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._on_stop is not None:
            await asyncio.to_thread(self._on_stop)
        for server in self.servers:
            server.close()
        station().close()
        if tasks := self.server_state.tasks.copy():
            await asyncio.wait(tasks, timeout=FAREWELL)
        await super().shutdown(sockets)


def serve(
    application: Any,
    listening: socket.socket,
    *,
    on_ready: Callable[[], object],
    on_stop: Callable[[], object] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; uvicorn raises the signal again when it is done with it. `on_stop` is called first
    of all, in a thread, while requests are still answered."""
    settle()
    Server(config(application), on_ready, on_stop).run(sockets=[listening])


def config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        lifespan="off",
        access_log=False,
        log_config=None,
        forwarded_allow_ips=proxies(),
        timeout_graceful_shutdown=GRACE,
        http=Requests,
        ws=Sockets,
        backlog=BACKLOG,
        ws_ping_timeout=PATIENCE,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
    )
