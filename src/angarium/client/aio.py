"""The client of a service that works in a loop: the same verbs as coroutines, with the same spool and threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from . import calls, words
from .asking import Asking, AsyncAsking
from .claims import Held
from .client import MOST_SPOOLED, MOST_SPOOLED_BYTES, TIMEOUT, default_worker
from .errors import Refused
from .outbox import Outbox
from .sender import Refusal
from .shapes import Granted, Operation, Words


class AsyncClaim(Held):
    """A claim whose verbs are awaited: for the write to the spool, never for Angarium. They raise what those of
    `Claim` raise, and are written down in the order in which they were called."""

    def __init__(self, granted: Granted, outbox: Outbox, worker: str, writer: ThreadPoolExecutor) -> None:
        super().__init__(granted, outbox, worker)
        self._writer = writer

    async def progress(
        self,
        done: float | None = None,
        total: float | None = None,
        *,
        unit: str = "",
        message: str = "",
        stage: str = "",
    ) -> None:
        await self._written(self._moved(done, total, unit, message, stage), mergeable=True)

    async def report(self, **members: Any) -> None:
        await self._written(words.said(**members))

    async def succeed(self, output: Any = None, *, message: str = "") -> None:
        await self._written(words.succeeded(output, message))

    async def fail(self, because: str, *, code: str = "failed", **details: Any) -> None:
        await self._written(words.failed(because, code, details))

    async def retry(self, *, after: timedelta | float | None = None, because: str = "") -> None:
        await self._written(self._retrying(after, because))

    async def snooze(self, until: datetime, *, because: str = "") -> None:
        await self._written(words.snoozed(until, because))

    async def cancel(self, *, because: str = "") -> None:
        await self._written(words.cancelled(because))

    async def _written(self, said: Words, *, mergeable: bool = False) -> None:
        self._may_speak()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, lambda: self._say(said, mergeable=mergeable))

    async def __aenter__(self) -> AsyncClaim:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._failed_by(error):
            await self._written(words.raised(error))
        self.release()


class AsyncClient:
    """As `Client`; use it within one loop."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        worker: str = "",
        spool: str | PathLike[str] | None = None,
        timeout: float = TIMEOUT,
        most_spooled: int = MOST_SPOOLED,
        most_spooled_bytes: int = MOST_SPOOLED_BYTES,
        on_refused: Callable[[Refusal], None] | None = None,
    ) -> None:
        self.worker = worker or default_worker()
        self._asking = AsyncAsking(url, token, timeout)
        path = None if spool is None else Path(spool).absolute()
        asking = Asking(url, token, timeout)
        self._outbox = Outbox(asking, path, most=most_spooled, most_bytes=most_spooled_bytes, on_refused=on_refused)
        self._writer = ThreadPoolExecutor(1, "angarium-writer")

    async def create(
        self,
        kind: str,
        input: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        run_at: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> UUID:
        return await self._asking.ask(calls.create(kind, input, key, run_at, metadata))

    async def claim(self, operation: UUID | str, *, lease_seconds: float | None = None) -> AsyncClaim | None:
        try:
            granted = await self._asking.ask(calls.claim(operation, self.worker, lease_seconds))
        except Refused as error:
            if error.code == "not_claimable":
                return None
            raise
        return self._held(granted)

    async def claim_due(
        self, kinds: Iterable[str], *, limit: int = 1, lease_seconds: float | None = None
    ) -> list[AsyncClaim]:
        granted = await self._asking.ask(calls.claim_due(kinds, self.worker, lease_seconds, limit))
        return [self._held(one) for one in granted]

    async def operation(self, id: UUID | str, *, wait: float = 0) -> Operation:
        return await self._asking.ask(calls.operation(id, wait))

    async def operations(self, **filters: Any) -> AsyncIterator[Operation]:
        cursor = ""
        while True:
            page = await self._asking.ask(calls.operations(filters, cursor))
            for one in page.results:
                yield one
            cursor = calls.cursor_of(page)
            if not cursor:
                return

    async def cancel(self, id: UUID | str, *, because: str = "") -> Operation:
        return await self._asking.ask(calls.cancel(id, because))

    @property
    def waiting(self) -> int:
        return self._outbox.spool.waiting

    @property
    def refused(self) -> int:
        return self._outbox.sender.refused

    @property
    def dropped(self) -> int:
        return self._outbox.spool.dropped

    async def flush(self, timeout: float = 10) -> bool:  # noqa: ASYNC109  the same word as in Client
        return await asyncio.to_thread(self._outbox.sender.flush, timeout)

    async def close(self, timeout: float = 5) -> bool:  # noqa: ASYNC109  the same word as in Client
        sent = await asyncio.to_thread(self._outbox.close, timeout)
        self._writer.shutdown()
        await self._asking.close()
        return sent

    def _held(self, granted: Granted) -> AsyncClaim:
        return AsyncClaim(granted, self._outbox, self.worker, self._writer)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
