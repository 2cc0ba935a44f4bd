"""The WebSocket: `/ws/notifications/`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError

from angarium.engine.observability.public import get_logger
from angarium.kernel.errors import AngariumError

from . import metrics
from .closing import Close
from .connection import address_of, ending_this, send_what_waits, status_of, turnstile
from .door import Asked, Scope, asked, logs_in, names_in, place_in, problem
from .errors import NotUnderstood
from .frames import Waiting
from .hub import Hub
from .station import station
from .topics import named
from .watcher import Watcher

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ModuleOf = Callable[[str], str | None]
#: Seconds in which a client without a cookie shows its token.
TIME_TO_SAY_WHO = 10.0
#: Messages in a row that were not understood, and messages a minute.
MOST_MISUNDERSTANDINGS, MOST_A_MINUTE = 10, 120
LARGEST = 64 * 1024
#: An extension of ASGI by which a server takes messages as they go over the wire, many of them at once: each is framed
#: once and not for each socket, and handed on with what else waits.
FRAMED = "angarium.framed"
_frames = metrics.frames.labels("websocket")
_log = get_logger(__name__)


class Ended(Exception):
    """The connection is over, for this reason."""

    def __init__(self, code: Close) -> None:
        super().__init__(code.says)
        self.code = code


async def serve(scope: Scope, receive: Receive, send: Send, *, module_of: ModuleOf) -> None:
    """One WebSocket from its handshake to its end."""
    await receive()
    try:
        turnstile.enter(address_of(scope), per_minute=settings.LIVE_ATTEMPTS)
        wanted = asked(scope)
    except AngariumError as refusal:
        metrics.attempts.labels("websocket", refusal.code).inc()
        await _deny(send, refusal)
        return
    metrics.attempts.labels("websocket", "accepted").inc()
    await send({"type": "websocket.accept"})
    metrics.connections.labels("websocket").inc()
    try:
        framed = FRAMED in scope.get("extensions", {})
        await Socket(wanted, module_of(wanted.host), receive, send, framed=framed).run()
    finally:
        metrics.connections.labels("websocket").dec()


async def _deny(send: Send, refusal: AngariumError) -> None:
    body, headers = problem(refusal, status_of(refusal))
    await send({"type": "websocket.http.response.start", "status": status_of(refusal), "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
    await asyncio.sleep(0)  # uvicorn takes the refusal for complete when it has hung up


class Socket:
    """An accepted connection."""

    def __init__(self, wanted: Asked, module: str | None, receive: Receive, send: Send, *, framed: bool) -> None:
        self._wanted, self._module, self._receive, self._send = wanted, module, receive, send
        self._framed = framed
        self._watcher: Watcher | None = None
        self._writer: asyncio.Task[None] | None = None
        self._hub: Hub | None = None
        self._first = True
        self._misunderstood = 0
        self._minute, self._messages = time.monotonic(), 0

    async def run(self) -> None:
        how = "client"
        try:
            self._hub = await station().hub()
            watcher = await self._hub.identify(self._wanted.showed, drop=ending_this())
            if watcher is not None:
                await self._begin(watcher, self._wanted.topics, self._wanted.place)
            await self._read()
        except Ended as ended:
            how = ended.code.says
            await self._close(ended.code)
        except DatabaseError as error:
            _log.warning("live.database_unavailable", error=str(error).strip())
            how = Close.GOING_AWAY.says
            await self._close(Close.GOING_AWAY)
        except asyncio.CancelledError:
            how = Close.SILENT.says
        finally:
            await self._end_writer()
            if self._watcher is not None and self._hub is not None:
                how = self._watcher.ended.says if self._watcher.ended else how
                self._hub.leave(self._watcher)
            metrics.ended.labels("websocket", how).inc()

    async def _begin(self, watcher: Watcher, topics: tuple[str, ...], place: Any) -> None:
        """Watch as this one, instead of as the one before, if there was one."""
        assert self._hub is not None
        await self._end_writer()
        if self._watcher is not None:
            self._hub.leave(self._watcher)
        self._watcher = watcher
        await self._hub.follow(watcher, named(topics, self._module), place)
        self._writer = asyncio.create_task(self._write(watcher))

    async def _write(self, watcher: Watcher) -> None:
        await send_what_waits(watcher, self._send_framed if self._framed else self._send_each)
        if watcher.ended is not None:
            await self._close(watcher.ended)

    async def _send_framed(self, many: list[Waiting]) -> None:
        await self._send({"type": "websocket.send", FRAMED: b"".join([one.framed for one in many])})
        _frames.inc(sum(one.frame is not None for one in many))

    async def _send_each(self, many: list[Waiting]) -> None:
        for one in many:
            await self._send({"type": "websocket.send", "text": one.body.decode()})
        _frames.inc(sum(one.frame is not None for one in many))

    async def _close(self, code: Close) -> None:
        with contextlib.suppress(Exception):  # it may be gone already, in as many words as there are servers
            await self._send({"type": "websocket.close", "code": int(code), "reason": code.says})

    async def _end_writer(self) -> None:
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(TIME_TO_SAY_WHO if self._watcher is None else None):
                    event = await self._receive()
            except TimeoutError:
                raise Ended(Close.WHO_ARE_YOU) from None
            if event["type"] == "websocket.disconnect":
                return
            self._count()
            try:
                await self._hear(_message(event.get("text")))
                self._misunderstood = 0
            except AngariumError as refusal:
                self._refuse(refusal)
            self._first = False

    def _count(self) -> None:
        moment = time.monotonic()
        if moment - self._minute > 60:
            self._minute, self._messages = moment, 0
        self._messages += 1
        if self._messages > MOST_A_MINUTE:
            raise Ended(Close.TOO_OFTEN)

    def _refuse(self, refusal: AngariumError) -> None:
        self._misunderstood += 1
        if self._watcher is None or self._misunderstood >= MOST_MISUNDERSTANDINGS:
            raise Ended(Close.WHO_ARE_YOU if self._watcher is None else Close.NOT_UNDERSTOOD)
        self._watcher.say("error", code=refusal.code, message=refusal.message, field=refusal.field)

    async def _hear(self, message: dict[str, Any]) -> None:
        """Do what a message asks for."""
        assert self._hub is not None
        kind = message.get("type", "resume" if "resume" in message else "hello" if self._first else None)
        if self._watcher is None or ("token" in message and kind in {"hello", "resume"}):
            await self._hello(message)
            return
        match kind:
            case "hello" | "subscribe":
                names = names_in(message["topics"]) if "topics" in message else self._wanted.topics
                await self._hub.follow(self._watcher, named(names, self._module), place_in(message, self._hub.place))
            case "unsubscribe":
                self._hub.unfollow(self._watcher, names_in(message.get("topics")))
            case "resume":
                place = place_in(message, self._hub.place)
                if place is None:
                    raise NotUnderstood('Give "generation" and "positions".', field="positions")
                await self._hub.resume(self._watcher, place, logs_in(message))
            case "ping":
                self._watcher.say("pong")
            case _:
                raise NotUnderstood(field="type")

    async def _hello(self, message: dict[str, Any]) -> None:
        token = message.get("token")
        if not self._first or not isinstance(token, str):
            raise NotUnderstood("Only the first message brings a token.", field="token")
        names = names_in(message["topics"]) if "topics" in message else self._wanted.topics
        assert self._hub is not None
        place = place_in(message, self._hub.place) or self._wanted.place
        watcher = await self._hub.identify(("", token), drop=ending_this()) if token else None
        if watcher is None:
            raise Ended(Close.WHO_ARE_YOU)
        await self._begin(watcher, names, place)


def _message(text: str | None) -> dict[str, Any]:
    if text is None:
        raise Ended(Close.NOT_UNDERSTOOD)
    if len(text) > LARGEST:
        raise Ended(Close.TOO_BIG)
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise NotUnderstood("Send a JSON object.") from None
    if not isinstance(message, dict):
        raise NotUnderstood("Send a JSON object.")
    return message
