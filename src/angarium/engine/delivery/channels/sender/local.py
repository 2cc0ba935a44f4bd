"""A sender of one's own, for demonstrations and tests: it keeps the contract, misbehaves on request, and counts.

POST /v1/send/{id}    the contract: Bearer token, {"id": 7, "phone": 79001234567, "text": "…"} in, {"code": 0} out
GET  /_calls          {id: how often it was handed over}
GET  /_sent           {id: how often it was taken}
POST /_mode           {"mode": "slow"}, or the word alone
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Answer = Callable[["LocalSender", web.Request], Awaitable[web.StreamResponse]]
LARGEST = 1 << 20
#: Seconds that answers under way have when it ends: less than it takes to answer slowly.
FAREWELL = 0.5


class LocalSender:
    """What it was asked, and how it behaves at present. `delay` is how many seconds `slow` takes."""

    def __init__(self, mode: str = "ok", *, delay: float = 60.0, token: str = "") -> None:
        self.delay, self.token = delay, token
        self.calls: Counter[int] = Counter()
        self.sent: Counter[int] = Counter()
        self.set_mode(mode)

    def set_mode(self, mode: str) -> None:
        """ValueError for a mode that there is not."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is no mode; known are {', '.join(MODES)}.")
        self.mode = mode

    def application(self) -> web.Application:
        made = web.Application(client_max_size=LARGEST)
        made.router.add_post("/v1/send/{id}", self._send)
        made.router.add_get("/_calls", self._told("calls"))
        made.router.add_get("/_sent", self._told("sent"))
        made.router.add_post("/_mode", self._mode)
        return made

    def _told(self, what: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(_request: web.Request) -> web.Response:
            return web.json_response({str(id): number for id, number in sorted(getattr(self, what).items())})

        return answer

    async def _mode(self, request: web.Request) -> web.Response:
        text = (await request.text()).strip()
        try:
            told = json.loads(text)
        except ValueError:
            told = text
        try:
            self.set_mode(str(told.get("mode", "") if isinstance(told, dict) else told))
        except ValueError as error:
            return web.json_response({"message": str(error)}, status=400)
        return web.json_response({"mode": self.mode})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        id = request.match_info["id"]
        if not (id.isascii() and id.isdigit()):
            return _refusal("The id is a number.")
        self.calls[int(id)] += 1
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not secret or (self.token and secret != self.token):
            return web.json_response({"code": 401, "message": "unauthorized"}, status=401)
        return await self.answer(request)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """As the mode has it."""
        return await MODES[self.mode](self, request)

    async def taken(self, request: web.Request) -> web.Response:
        """By the contract."""
        try:
            body: Any = await request.json()
        except ValueError:
            return _refusal("The body is no JSON.")
        if not isinstance(body, dict) or not all(_is_number(body.get(name)) for name in ("id", "phone")):
            return _refusal("id and phone are numbers.")
        if str(body["id"]) != request.match_info["id"] or not isinstance(body.get("text"), str):
            return _refusal("The id is not that of the path, or there is no text.")
        self.sent[body["id"]] += 1
        return web.json_response({"code": 0, "message": "OK"})


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _refusal(message: str) -> web.Response:
    return web.json_response({"code": 400, "message": message}, status=400)


async def _slow(sender: LocalSender, request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(sender.delay)
    return await sender.taken(request)


async def _drip(sender: LocalSender, request: web.Request) -> web.StreamResponse:
    """A byte a second, for as long as anybody listens."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(int(sender.delay)):
        await response.write(b" ")
        await asyncio.sleep(1)
    return response


async def _refuse(_sender: LocalSender, request: web.Request) -> web.StreamResponse:
    """No answer: the connection is reset."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _always(status: int, body: str, **headers: str) -> Answer:
    kind = "application/json" if body.startswith(("{", "[")) else "text/html"

    async def answer(_sender: LocalSender, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type=kind, headers=headers)

    return answer


MODES: dict[str, Answer] = {
    "ok": lambda sender, request: sender.taken(request),
    "slow": _slow,
    "500": _always(500, "Internal Server Error"),
    "garbage": _always(200, "<html>It works!</html>"),
    "refuse": _refuse,
    "401": _always(401, '{"code": 401, "message": "token expired"}'),
    "400": _always(400, '{"code": 400, "message": "bad phone"}'),
    "429": _always(429, '{"code": 429, "message": "too many"}', **{"Retry-After": "2"}),
    "204": _always(204, ""),
    "empty": _always(200, "{}"),
    "code": _always(200, '{"code": 1, "message": "not taken"}'),
    "drip": _drip,
    "huge": _always(200, '{"code": 0, "message": "' + "x" * 200_000 + '"}'),
}


async def serving(sender: LocalSender, listening: socket.socket) -> web.AppRunner:
    """Have it answer whoever connects there, until `ending(runner)`."""
    runner = web.AppRunner(sender.application(), access_log=None, shutdown_timeout=FAREWELL)
    await runner.setup()
    await web.SockSite(runner, listening, backlog=1024).start()
    return runner


async def ending(runner: web.AppRunner) -> None:
    """Connecting is refused from here on; who is still being answered slowly is not answered any more."""
    await runner.cleanup()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
