"""What both transports share: who is at the other end, and the sending of what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from angarium.kernel.errors import AngariumError, Forbidden

from .door import Scope, Turnstile
from .errors import TooOften, Unidentified
from .frames import Waiting
from .watcher import Watcher

#: Bytes that are handed on together: for what is small and often, the handing on is what costs.
MOST_AT_ONCE = 16 * 1024
#: Counts the attempts of this process.
turnstile = Turnstile()


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def ending_this() -> Callable[[], object]:
    """Ends what runs now, a connection on which nothing can be sent."""
    task = asyncio.current_task()
    assert task is not None
    return task.cancel


def status_of(refusal: AngariumError) -> int:
    match refusal:
        case TooOften():
            return 429
        case Unidentified():
            return 401
        case Forbidden():
            return 403
    return 400


async def send_what_waits(watcher: Watcher, send: Callable[[list[Waiting]], Awaitable[None]]) -> None:
    """Send what waits, as much at once as may be, until the watcher is let go."""
    loop = asyncio.get_running_loop()
    while True:
        many = watcher.take_many(MOST_AT_ONCE)
        if many:
            watcher.busy_since = loop.time()
            await send(many)
            watcher.busy_since = 0.0
        elif watcher.ended is not None:
            return
        else:
            watcher.awake.clear()
            await watcher.awake.wait()
