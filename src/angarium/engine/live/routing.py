"""Which requests are live ones: the rest is handed on to pages and API."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from . import socket, stream
from .socket import ModuleOf

SOCKET, STREAM = r"^ws/notifications/?$", r"^events/?$"


def live_application(pages_and_api: Any, *, module_of: ModuleOf) -> Any:
    """The ASGI application: live connections here, everything else by `pages_and_api`. `module_of` says which module
    a host belongs to."""
    sockets: Any = partial(socket.serve, module_of=module_of)
    streams: Any = partial(stream.serve, module_of=module_of)
    nothing: Any = _nothing_here
    return ProtocolTypeRouter(
        {
            "websocket": URLRouter([re_path(SOCKET, sockets), re_path(r"", nothing)]),
            "http": URLRouter([re_path(STREAM, streams), re_path(r"", pages_and_api)]),
        }
    )


async def _nothing_here(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
    await asyncio.sleep(0)  # uvicorn takes the refusal for complete when it has hung up
