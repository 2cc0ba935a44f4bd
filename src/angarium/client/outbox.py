"""The outbox: spool, sender and keeper of leases of one client, as one thing that survives forks and ends in order."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from pathlib import Path

from .asking import Asking
from .leases import Leases
from .pacing import log
from .sender import Refusal, Sender
from .shapes import Report
from .spool import Spool

#: Seconds that the end of the interpreter waits for reports to be sent.
LAST_CALL = 5.0
#: What a fork brought that is the parent's: closing it here would disturb the parent.
_inherited: list[object] = []
#: Those that are not closed: whoever forgets a client has still reported.
_open: set[Outbox] = set()


class Outbox:
    """Takes reports; `spool` is where they wait (a path, or None for memory)."""

    def __init__(
        self,
        asking: Asking,
        path: Path | None,
        *,
        most: int,
        most_bytes: int,
        on_refused: Callable[[Refusal], None] | None,
    ) -> None:
        self.asking = asking
        self.spool = Spool(path, most=most, most_bytes=most_bytes)
        self.leases = Leases(asking, self.spool)
        self.sender = Sender(
            asking, self.spool, on_lost=self.leases.lost, on_inherited=self.leases.look, on_refused=on_refused
        )
        self.closed = False
        _open.add(self)
        if path is not None:  # what an earlier process left is sent, and its leases are kept
            self.sender.wake(urgent=True)
            self.leases.look()

    def put(self, report: Report, *, mergeable: bool, lease_seconds: int) -> None:
        """Write it down and let it be sent. Call it under `spool.lock` when more must happen at once."""
        self.spool.put(report, mergeable=mergeable, lease_seconds=lease_seconds)
        self.sender.wake(urgent=not mergeable)

    def close(self, timeout: float) -> bool:
        """Send what waits, at most so long, and end; is nothing left? A file keeps what is left for its next owner."""
        if self.closed:
            return True
        sent = not self.spool.waiting or self.sender.flush(timeout)
        self.closed = True
        _open.discard(self)
        for thread in (self.sender.thread, self.leases.thread):
            thread.stop(1.0)
        if not sent:
            kept = "stay in the spool" if self.spool.path else "are lost, since there is no spool on disk"
            log.warning("%d reports were not sent and %s.", self.spool.waiting, kept)
        self.spool.close()
        self.asking.close()
        return sent

    def after_fork(self) -> None:
        _inherited.append((self.asking.after_fork(), self.spool.after_fork()))
        self.leases.after_fork()
        self.sender.after_fork()


def _after_fork() -> None:
    for outbox in list(_open):
        outbox.after_fork()


def _at_the_end() -> None:
    for outbox in list(_open):
        outbox.close(LAST_CALL)


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_the_end)
