"""Many calls to the sender in the air at once: one event loop in a thread of its own, shared by all of the process.

A worker's thread launches calls and is told when each has landed. Whether a call may still go is asked in the loop,
immediately before its first byte; how long it may take in all is said with it, so that a sender that answers a byte a
second holds nobody up.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp
from django.conf import settings

from .answers import MOST_READ, Answer, Said, read
from .token import token

#: Seconds for a connection to be made.
CONNECTING = 3.0


@dataclass(frozen=True, slots=True)
class Call:
    """One message to hand over. `number` is its idempotency key, `seconds` what it may take in all."""

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
        self._loop = asyncio.new_event_loop()
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        threading.Thread(target=self._fly, name="sender", daemon=True).start()

    def launch(self, calls: Sequence[Call], *, may_go: MayGo, landed: Landed) -> None:
        """Hand these over; returns at once. `may_go` and `landed` are called in the loop, and must not wait."""
        self._loop.call_soon_threadsafe(self._launch, calls, may_go, landed)

    def _fly(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _launch(self, calls: Sequence[Call], may_go: MayGo, landed: Landed) -> None:
        for call in calls:
            task = self._loop.create_task(self._one(call, may_go, landed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, call: Call, may_go: MayGo, landed: Landed) -> None:
        if not may_go(call):
            landed(Landing(call, None))
            return
        began = time.monotonic()
        answer = await self._asked(call)
        landed(Landing(call, answer, time.monotonic() - began))

    async def _asked(self, call: Call) -> Answer:
        if not settings.SENDER_URL:
            return Answer(Said.UNREACHABLE, "SENDER_URL is not set.")
        try:
            async with asyncio.timeout(call.seconds):
                return await self._answered(call)
        except TimeoutError:
            return Answer(Said.TIMEOUT, f"no answer within {call.seconds:.1f} s")
        except aiohttp.ClientConnectorError as error:
            return Answer(Said.UNREACHABLE, _text(error))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(
                Said.GARBAGE if isinstance(error, aiohttp.ClientPayloadError | ValueError) else Said.SERVER_ERROR,
                _text(error),
            )

    async def _answered(self, call: Call) -> Answer:
        session = self._session or self._open()
        async with session.post(
            f"{settings.SENDER_URL.rstrip('/')}/v1/send/{call.number}",
            json={"id": call.number, "phone": int(call.phone), "text": call.text},
            headers={"Authorization": f"Bearer {token()}"},
            allow_redirects=False,
        ) as response:
            body = await _body(response)
            return read(response.status, body, response.headers.get("Retry-After", ""))

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=30)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECTING)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        return self._session


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """As much as is read of an answer, and a byte more where there is more."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MOST_READ:
            response.close()
            break
    return b"".join(parts)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


_flights: Flights | None = None
_lock = threading.Lock()


def flights() -> Flights:
    """Those of this process."""
    global _flights
    with _lock:
        if _flights is None:
            _flights = Flights()
        return _flights
