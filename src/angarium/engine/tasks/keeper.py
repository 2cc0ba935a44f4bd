"""The keeper: one thread per process that renews the leases of its runs and ends those that take too long.

A run is ended by raising an exception in its thread between two bytecodes, which works in every pool of Celery. Code
that is stuck in a C call is not reached by it; its lease is then no longer renewed, another worker gets the work, and
whatever the stuck one says later is refused by the epoch.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from angarium.engine.ledger.public import LeaseLost, renew

from .run import Run, TimedOut

_log = structlog.get_logger(__name__)
_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc


class Keeper:
    """Watches the runs of one process."""

    def __init__(self) -> None:
        self._runs: set[Run] = set()
        # `with self._lock` is one bytecode into C. Condition's own `with` is Python code, where an exception that was
        # raised in a waiting run would strike with the lock taken and nobody left to give it back.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._pid = 0

    @contextmanager
    def watching(self, run: Run) -> Iterator[None]:
        """Keep the lease of `run` alive, and interrupt its thread when its time is up or its lease is lost."""
        with self._lock:
            if self._pid != os.getpid():  # threads do not survive a fork
                self._pid, self._runs = os.getpid(), set()
                threading.Thread(target=self._keep, name="keeper", daemon=True).start()
            self._runs.add(run)
            self._changed.notify()
        try:
            yield
        finally:
            self.release(run)

    def release(self, run: Run) -> None:
        """From here on the run is not interrupted any more; what is already on its way strikes in here.

        It must not be taken back with an exception of NULL: CPython 3.11 would then look for it at every call for
        ever, and never get past a function's first line while coverage is measured.
        """
        with self._lock:
            self._runs.discard(run)

    def _keep(self) -> None:
        renew_at = 0.0
        while True:
            with self._lock:
                while not self._runs:
                    connection.close()
                    renew_at = 0.0
                    self._changed.wait()
                period = settings.LEASE_SECONDS / 3
                first = min(run.deadline for run in self._runs)
                renew_at = renew_at if renew_at > time.monotonic() - period else time.monotonic() + period
                self._changed.wait(max(0.005, min(first, renew_at) - time.monotonic()))
                runs = list(self._runs)
            self._end_late(runs)
            if runs and time.monotonic() >= renew_at:
                renew_at = time.monotonic() + period
                self._renew(runs)

    def _end_late(self, runs: list[Run]) -> None:
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
        """Under the lock, so that a released run is never interrupted. The signal is the last thing done there: until
        it has struck, CPython 3.11 enters no function while coverage is measured, and its target may be waiting for
        the lock."""
        thread, signal = ctypes.c_ulong(run.thread), ctypes.py_object(exception)
        with self._lock:
            if run in self._runs:
                self._runs.discard(run)
                _raise_in(thread, signal)


keeper = Keeper()
