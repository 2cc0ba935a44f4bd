"""The keeper: one thread per process that renews the leases of its runs and ends those that take too long.

A run is ended by raising an exception in its thread between two bytecodes, which works in every pool of Celery. Code
that is stuck in a C call is not reached by it; its lease is then no longer renewed, another worker gets the work, and
whatever the stuck one says later is refused by the epoch. What becomes of its process says `guard`.
"""

from __future__ import annotations

import ctypes
import math
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from angarium.engine.ledger.public import LeaseLost, renew

from .run import Run, TimedOut

_log = structlog.get_logger(__name__)
_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc


class Keeper:
    """Watches the runs of one process.

    While its lock is held no Python function is called, only C: an exception on its way to a run could otherwise
    strike with the lock taken and nobody left to give it back, and CPython 3.11 enters no function while coverage is
    measured until the exception has struck, in a run that may be waiting for this very lock.
    """

    def __init__(self) -> None:
        self._pid = 0
        self._starting = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._leased: set[Run] = set()
        self._running: set[Run] = set()
        self._news: SimpleQueue[None] = SimpleQueue()

    @contextmanager
    def leasing(self, *runs: Run) -> Iterator[None]:
        """Keep the leases of these runs alive."""
        self._ensure_thread()
        with self._lock:
            self._leased.update(runs)
        self._news.put(None)
        try:
            yield
        finally:
            with self._lock:
                self._leased.difference_update(runs)

    @contextmanager
    def watching(self, run: Run) -> Iterator[None]:
        """Both, for a run that is alone."""
        with self.leasing(run), self.interrupting(run):
            yield

    @contextmanager
    def interrupting(self, run: Run) -> Iterator[None]:
        """Interrupt the run's thread when its time is up or its lease is lost. The time runs from here."""
        run.begin()
        with self._lock:
            self._running.add(run)
        try:
            yield
        finally:
            self.release(run)

    def release(self, run: Run) -> None:
        """From here on the run is not interrupted any more; what is already on its way strikes in here.

        It must not be taken back with an exception of NULL: CPython 3.11 would look for it at every call for ever.
        Where two threads are interrupted at once, it forgets one of them until that takes the interpreter anew.
        """
        with self._lock:
            self._running.discard(run)
        if run.struck:
            time.sleep(0)

    def _ensure_thread(self) -> None:
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():  # threads do not survive a fork, and a lock may survive it taken
                self._begin()
                threading.Thread(target=self._keep, name="keeper", daemon=True).start()
                self._pid = os.getpid()

    def _keep(self) -> None:
        renew_at = math.inf
        while True:
            with self._lock:
                leased, running = list(self._leased), set(self._running)
            if not leased:
                connection.close()
                renew_at = math.inf
                self._news.get()
                continue
            renew_at = min(renew_at, time.monotonic() + settings.LEASE_SECONDS / 3)
            self._end_late(running)
            if time.monotonic() >= renew_at:
                self._renew(leased)
                renew_at = time.monotonic() + settings.LEASE_SECONDS / 3
            moment = time.monotonic()  # one that waits for its turn may begin right after this
            ends = [run.deadline if run in running else moment + run.timeout for run in leased]
            self._rest(min([renew_at, *ends]))

    def _rest(self, until: float) -> None:
        """Until then, or until there is a new run; a run that is late is looked at again soon."""
        try:
            self._news.get(timeout=max(0.005, until - time.monotonic()))
        except Empty:
            return

    def _end_late(self, runs: Iterable[Run]) -> None:
        moment = time.monotonic()
        for run in runs:
            if run.deadline <= moment:
                self._interrupt(run, TimedOut)

    def _renew(self, runs: list[Run]) -> None:
        try:
            close_old_connections()
            held = renew([(run.operation, run.claim.epoch) for run in runs], lease_seconds=settings.LEASE_SECONDS)
        except DatabaseError as error:
            _log.warning("tasks.lease_not_renewed", error=str(error), runs=len(runs))
            return
        for run in runs:
            if run.operation not in held:
                run.lost = True
                self._interrupt(run, LeaseLost)

    def _interrupt(self, run: Run, exception: type[BaseException]) -> None:
        """Under the lock, so that a released run is never interrupted. Should its thread be stuck, then all that it
        holds goes to other workers: none of it is renewed any more."""
        thread, signal = ctypes.c_ulong(run.thread), ctypes.py_object(exception)
        same = [one for one in list(self._leased) if one.thread == run.thread]
        with self._lock:
            if run in self._running:
                self._running.discard(run)
                self._leased.difference_update(same)
                run.struck = True
                _raise_in(thread, signal)


keeper = Keeper()
