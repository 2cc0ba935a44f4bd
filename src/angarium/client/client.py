"""The client of a service that works with threads, or with none."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from os import PathLike, getpid
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from . import calls
from .asking import Asking
from .claims import Claim
from .errors import Refused
from .outbox import Outbox
from .sender import Refusal
from .shapes import Operation

MOST_SPOOLED, MOST_SPOOLED_BYTES = 100_000, 64 * 1024 * 1024
TIMEOUT = 10.0


class Client:
    """`url` is where Angarium answers (`http://localhost:8000`; with a path, where its operations stand), `token` has
    the scopes that the calls need. `spool` is the file in which reports wait; without it they wait in memory and end
    with the process. One client serves all threads of a process, and the processes forked from it.

    Questions (`create`, `claim`, `operation`, …) are asked at once and three times more; then they raise Unavailable.
    A refusal raises Refused. Reports are made on claims, and wait for nobody.
    """

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
        self._asking = Asking(url, token, timeout)
        path = None if spool is None else Path(spool).absolute()
        self._outbox = Outbox(
            self._asking, path, most=most_spooled, most_bytes=most_spooled_bytes, on_refused=on_refused
        )

    def create(
        self,
        kind: str,
        input: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        run_at: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> UUID:
        """Start an operation; its id. With the same `key` of the same kind it is the same operation."""
        return self._asking.ask(calls.create(kind, input, key, run_at, metadata))

    def claim(self, operation: UUID | str, *, lease_seconds: float | None = None) -> Claim | None:
        """Take an operation to work on it; None when it cannot be had (done, taken, not due). Its lease, as long as
        its type says unless told, is renewed until its end is known, or nobody holds the claim any more. NoOperation.
        """
        try:
            granted = self._asking.ask(calls.claim(operation, self.worker, lease_seconds))
        except Refused as error:
            if error.code == "not_claimable":
                return None
            raise
        return Claim(granted, self._outbox, self.worker)

    def claim_due(self, kinds: Iterable[str], *, limit: int = 1, lease_seconds: float | None = None) -> list[Claim]:
        """Take up to so many operations of these kinds that are due, the oldest first."""
        granted = self._asking.ask(calls.claim_due(kinds, self.worker, lease_seconds, limit))
        return [Claim(one, self._outbox, self.worker) for one in granted]

    def operation(self, id: UUID | str, *, wait: float = 0) -> Operation:
        """Where an operation stands; with `wait` (at most 60 seconds) as soon as it has ended, or after that time."""
        return self._asking.ask(calls.operation(id, wait))

    def operations(self, **filters: Any) -> Iterator[Operation]:
        """The operations that you may see, newest first: `kind`, `state`, `stage`, `worker`, `retry_of`,
        `created_after`, `created_before`. Pages are asked for as they are needed."""
        cursor = ""
        while True:
            page = self._asking.ask(calls.operations(filters, cursor))
            yield from page.results
            cursor = calls.cursor_of(page)
            if not cursor:
                return

    def cancel(self, id: UUID | str, *, because: str = "") -> Operation:
        """End an open operation. Whoever works on it is refused from then on."""
        return self._asking.ask(calls.cancel(id, because))

    @property
    def waiting(self) -> int:
        """How many reports wait to be sent."""
        return self._outbox.spool.waiting

    @property
    def refused(self) -> int:
        """How many reports were refused for good."""
        return self._outbox.sender.refused

    @property
    def dropped(self) -> int:
        """How many reports of progress found no room, or made it."""
        return self._outbox.spool.dropped

    def flush(self, timeout: float = 10) -> bool:
        """Wait until everything reported so far was answered; False when it was not in time."""
        return self._outbox.sender.flush(timeout)

    def close(self, timeout: float = 5) -> bool:
        """Send what waits, at most so long, and end; was everything sent? What was not stays in the spool's file."""
        return self._outbox.close(timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def default_worker() -> str:
    return f"{socket.gethostname()}-{getpid()}"
