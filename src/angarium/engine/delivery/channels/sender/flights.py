"""Many calls to the sender in the air at once: one event loop in a thread of its own, shared by all of the process.

A worker's thread launches calls and is told when each has landed. Whether a call may still go is asked in the loop,
immediately before it; how long it may take in all is said with it, so that a sender that answers a byte a second holds
nobody up. Whatever happens to a call, it lands.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .answers import Answer

if TYPE_CHECKING:
    from .exchange import Exchange


@dataclass(frozen=True, slots=True)
class Call:
    """One message to hand over. `number` is its idempotency key, `seconds` what it may take in all from its launch."""

    number: int
    phone: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Landing:
    """A call that ended, and after how many seconds. Without an answer it was not let go, and nothing was sent."""

    call: Call
    answer: Answer | None
    seconds: float = 0.0


MayGo = Callable[[Call], bool]
Landed = Callable[[Landing], None]


class Flights:
    """Everything that this process hands over to the sender."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = _new_loop()
        self._exchange: Exchange | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        threading.Thread(target=self._fly, name="sender", daemon=True).start()

    def launch(self, calls: Sequence[Call], *, may_go: MayGo, landed: Landed) -> None:
        """Hand these over; returns at once. `may_go` and `landed` are called in the loop, and must not wait."""
        self._loop.call_soon_threadsafe(self._launch, calls, may_go, landed, time.monotonic())

    def _fly(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _launch(self, calls: Sequence[Call], may_go: MayGo, landed: Landed, at: float) -> None:
        for call in calls:
            task = self._loop.create_task(self._one(call, may_go, landed, at))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, call: Call, may_go: MayGo, landed: Landed, launched: float) -> None:
        exchange = self._exchange or self._open()
        began = time.monotonic()
        if not may_go(call):
            landed(Landing(call, None))
            return
        answer = await exchange.answer(call, within=launched + call.seconds - began)
        landed(Landing(call, answer, time.monotonic() - began))

    def _open(self) -> Exchange:
        from .exchange import Exchange

        self._exchange = Exchange()
        return self._exchange


def _new_loop() -> asyncio.AbstractEventLoop:
    """That of uvloop where there is one: a call takes a fifth less of a processor in it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


_flights: Flights | None = None
_lock = threading.Lock()


def flights() -> Flights:
    """Those of this process; a thread does not survive a fork."""
    global _flights
    with _lock:
        if _flights is None or _flights.pid != os.getpid():
            _flights = Flights()
        return _flights
