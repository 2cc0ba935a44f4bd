"""A few threads that do what they are handed, in a process that has something else to do as well (`angarium up`).

What waits here is not claimed, so its operation stays as it is until a thread is free. A call that comes again for what
waits or runs is dropped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog

from .runner import Runner, Stopping

_log = structlog.get_logger(__name__)


class Crew:
    """So many threads around one runner."""

    def __init__(self, runner: Runner, threads: int) -> None:
        self._runner = runner
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="processor")
        self._changed = threading.Condition()
        self._here: set[UUID] = set()
        self._running = 0

    def take(self, kind: str, ids: Iterable[UUID]) -> None:
        """Do these when there is a thread for them; returns at once."""
        with self._changed:
            new = [id for id in dict.fromkeys(ids) if id not in self._here]
            self._here.update(new)
        for id in new:
            try:
                self._threads.submit(self._run, kind, id)
            except RuntimeError:  # it was stopped meanwhile
                return

    def stop(self, timeout: float) -> bool:
        """Begin nothing new and wait for what runs, at most so many seconds. Has all of it ended?"""
        deadline = time.monotonic() + timeout
        self._runner.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, max(0.0, deadline - time.monotonic()))

    def _run(self, kind: str, id: UUID) -> None:
        with self._changed:
            self._running += 1
        try:
            self._runner.run(kind, id)
        except Stopping:
            pass
        except Exception:  # noqa: BLE001  nobody waits for this thread's answer; the ledger calls again
            _log.exception("processor.run_failed", kind=kind, operation_id=str(id))
        finally:
            with self._changed:
                self._running -= 1
                self._here.discard(id)
                self._changed.notify_all()
