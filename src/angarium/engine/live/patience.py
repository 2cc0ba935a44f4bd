"""Waiting in a request until something is so: a long poll. What waits costs a task and no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from django.db import DatabaseError

from angarium.kernel.errors import AngariumError

from .connection import ending_this
from .door import Scope, asked
from .socket import Receive
from .station import station
from .threads import in_thread
from .watcher import Watcher


async def wait_until(scope: Scope, topic: str, so: Callable[[], bool], seconds: float) -> None:
    """Wait until this is so, at most so many seconds; it is asked in a thread whenever the topic moves. Whoever may not
    follow the topic does not wait, and is refused by what answers the request."""
    try:
        async with asyncio.timeout(seconds):
            await _wait(scope, topic, so)
    except (TimeoutError, AngariumError, DatabaseError):
        return


async def _wait(scope: Scope, topic: str, so: Callable[[], bool]) -> None:
    hub = await station().hub()
    watcher = await hub.identify(asked({**scope, "query_string": b""}).showed, drop=ending_this())
    if watcher is None:
        return
    try:
        await hub.follow(watcher, [topic], None)
        while topic in watcher.grant.names and watcher.ended is None and not await in_thread(so):
            await _moved(watcher)
    finally:
        hub.leave(watcher)


async def _moved(watcher: Watcher) -> None:
    """Wait until a frame comes; what is said besides frames is nothing here."""
    while watcher.ended is None:
        watcher.awake.clear()
        if any(one.frame is not None for one in iter(watcher.take, None)):
            return
        await watcher.awake.wait()


async def unless_it_leaves(work: asyncio.Task[None], receive: Receive) -> Receive | None:
    """Wait for this work as long as whoever asks is there. What then gives the messages of the request to whatever
    answers it; None when nobody is there any more."""
    first = await receive()
    leaving = asyncio.ensure_future(receive()) if not first.get("more_body") else None
    await asyncio.wait([work, *([leaving] if leaving else [])], return_when=asyncio.FIRST_COMPLETED)
    if leaving is not None and leaving.done() and leaving.result()["type"] == "http.disconnect":
        work.cancel()
        return None
    messages = [first]

    async def again() -> dict[str, object]:
        if messages:
            return dict(messages.pop())
        return dict(await leaving) if leaving is not None else dict(await receive())

    return again
