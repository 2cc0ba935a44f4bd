"""Server-sent events: `/events/`."""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError

from angarium.engine.events.public import EVENTS
from angarium.kernel.errors import AngariumError, Unavailable

from . import metrics
from .closing import Close
from .connection import address_of, ending_this, send_what_waits, status_of, turnstile
from .door import Asked, Scope, asked, problem
from .errors import Unidentified
from .frames import Waiting, encode
from .hub import Hub
from .socket import ModuleOf, Receive, Send
from .station import station
from .topics import named
from .watcher import Watcher

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_frames = metrics.frames.labels("events")


async def serve(scope: Scope, receive: Receive, send: Send, *, module_of: ModuleOf) -> None:
    """One stream from its request to its end."""
    try:
        if scope["method"] not in {"GET", "HEAD"}:
            await _refuse(send, Unavailable("Only GET is answered here."), 405)
            return
        turnstile.enter(address_of(scope), per_minute=settings.LIVE_ATTEMPTS)
        wanted = asked(scope)
        hub = await station().hub()
        watcher = await hub.identify(wanted.showed, drop=ending_this())
        if watcher is None:
            raise Unidentified
    except AngariumError as refusal:
        await _refuse(send, refusal, status_of(refusal))
        return
    except DatabaseError:
        await _refuse(send, Unavailable(after=2), 503)
        return
    metrics.attempts.labels("events", "accepted").inc()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body"})
        return
    metrics.connections.labels("events").inc()
    try:
        await _tell(hub, watcher, wanted, module_of(wanted.host), receive, send)
    finally:
        metrics.connections.labels("events").dec()


async def _refuse(send: Send, refusal: AngariumError, status: int) -> None:
    metrics.attempts.labels("events", refusal.code).inc()
    body, headers = problem(refusal, status)
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="angarium"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _tell(hub: Hub, watcher: Watcher, wanted: Asked, module: str | None, receive: Receive, send: Send) -> None:
    leaving = asyncio.create_task(_until_it_leaves(receive, watcher))
    places = Places()

    async def send_many(many: list[Waiting]) -> None:
        body = b"".join([places.as_event(one) for one in many])
        await send({"type": "http.response.body", "body": body, "more_body": True})
        _frames.inc(sum(one.frame is not None for one in many))

    try:
        await hub.follow(watcher, named(wanted.topics, module), wanted.place)
        await send_what_waits(watcher, send_many)
        if watcher.ended not in (None, Close.DONE):
            await send({"type": "http.response.body", "body": _end(watcher.ended)})
    except asyncio.CancelledError:
        watcher.end(Close.SILENT)
    except DatabaseError:
        watcher.end(Close.GOING_AWAY)
        await send({"type": "http.response.body", "body": _end(Close.GOING_AWAY)})
    finally:
        leaving.cancel()
        hub.leave(watcher)
        metrics.ended.labels("events", (watcher.ended or Close.DONE).says).inc()


async def _until_it_leaves(receive: Receive, watcher: Watcher) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    watcher.end(Close.DONE)


class Places:
    """Gives each event of a stream its id: where the client then stands, in both logs. It is there before any frame
    that the first message says where that is."""

    def __init__(self) -> None:
        self._generation, self._events, self._work = b"", 0, 0

    def as_event(self, one: Waiting) -> bytes:
        if (frame := one.frame) is not None:
            if frame.log == EVENTS:
                self._events = frame.position
            else:
                self._work = frame.position
        elif (place := one.place) is not None:
            self._generation, self._events, self._work = place.generation.encode(), place.events, place.work
        else:
            return one.fields
        return b"id: %b:%d:%d\n%b" % (self._generation, self._events, self._work, one.fields)


def _end(code: Any) -> bytes:
    return b"event: end\ndata: " + encode({"type": "end", "code": int(code), "name": code.says}) + b"\n\n"
