"""The relay's loop: stamp events, dispatch what is due, fold counters. It runs as a thread of every worker and alone
as `angarium relay`; any number of them may run side by side.

It sleeps until a hint arrives (after a commit), until something is due, or until its poll with jitter, whichever
comes first. Idle it asks at most one query a second.
"""

from __future__ import annotations

import random
import threading
import time
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from angarium.engine.events.public import CALM, LINGER, stamp, wake_here, woken
from angarium.engine.ledger.public import fold, fold_tallies, limit_session, stamp_work, take_due
from angarium.kernel.clock import now

from .courier import publish
from .faults import reached
from .forward import Forwarders
from .listener import Listener
from .look import look
from .metrics import relay_pass
from .presence import api_is_served

POLL = 3.0
HELD_BY_OTHERS = 0.05
MOST_EVENTS = 500
MOST_CALLS = 2000
#: Where so many were called in one pass, calls are gathered for longer: what shares a message costs far less.
MANY = 3
LINGER_AMONG_MANY = 0.05
FOLD_EVERY = 30.0
#: Seconds until somebody looks again for work whose transaction was still open when later work was told of.
GAPS_AGAIN = 1.0
_log = structlog.get_logger(__name__)


class RelayLoop(threading.Thread):
    """The loop as a thread. `stop()` ends it and waits. `serves` says that this process serves the API as well."""

    def __init__(self, *, serves: bool = False) -> None:
        super().__init__(name="relay", daemon=True)
        self._served = self._serves_long_enough if serves else api_is_served
        self._began = time.monotonic()
        self._stopping = threading.Event()
        self._forwarders = Forwarders()
        self._folded = time.monotonic()
        self._dirty = True
        self._due: datetime | None = None
        self._called = 0
        self._moved = self._told = 0
        self._told_at = -GAPS_AGAIN
        self._gaps = False

    def run(self) -> None:
        listener = Listener() if connection.vendor == "postgresql" else None
        self._forwarders.start()
        pause = 0.0
        while not self._stopping.is_set():
            hinted = woken(pause)
            pause = self._pass()
            if listener is not None:
                listener.ensure()
            if hinted:  # and there may be more, of which no hint was sent
                self._stopping.wait(LINGER if self._called < MANY else LINGER_AMONG_MANY)
                pause = 0.0
        if listener is not None:
            listener.stop()
        self._forwarders.stop()
        connection.close()

    def stop(self, timeout: float = 5.0) -> None:
        self._stopping.set()
        wake_here()
        if self.is_alive():
            self.join(timeout)

    def _pass(self) -> float:
        """Do what there is to do; returns the seconds until something is due, at most a poll."""
        try:
            close_old_connections()
            limit_session()
            self._called = 0
            while self._step() and not self._stopping.is_set():
                pass
            calm = self._tell()
            self._fold()
            relay_pass.set_to_current_time()
        except DatabaseError as error:
            _log.warning("relay.database_unavailable", error=str(error).strip())
            connection.close()
            return random.uniform(0.5, 1.5)  # noqa: S311
        except Exception:  # noqa: BLE001  whatever a sink raises: without this thread nothing accepted would move on
            _log.exception("relay.pass_failed")
            return random.uniform(0.5, 1.5)  # noqa: S311
        poll = POLL * random.uniform(0.8, 1.2)  # noqa: S311
        if calm is not None:
            poll = min(poll, calm)
        if self._due is None:
            return poll
        left = (self._due - now()).total_seconds()
        return min(poll, left) if left > 0 else HELD_BY_OTHERS

    def _tell(self) -> float | None:
        """Give positions to the work that moved, for those who watch; what moves all the time is told of together.
        Returns the seconds after which there is more to tell."""
        if self._moved == self._told and not self._gaps:
            return None
        pause = CALM if self._moved != self._told else GAPS_AGAIN
        waited = time.monotonic() - self._told_at
        if waited < pause:
            return pause - waited
        moved, self._told_at = self._moved, time.monotonic()
        while (stamped := stamp_work()).more and not self._stopping.is_set():
            pass
        self._told, self._gaps = moved, stamped.gaps
        return GAPS_AGAIN if stamped.gaps else None

    def _step(self) -> bool:
        """One round; was there more than one round takes? What came meanwhile waits for the next pass: together it is
        cheaper. Idle it costs one statement."""
        events, self._due, self._moved = look()
        if not events and (self._due is None or self._due > now()):
            return False
        self._dirty = True
        stamped = stamp(MOST_EVENTS) if events else 0
        calls = take_due(MOST_CALLS, served=self._served)
        reached("due")
        self._called += len(calls)
        if stamped:
            self._forwarders.wake()
        taken = publish(calls)
        return taken == MOST_CALLS or stamped == MOST_EVENTS

    def _serves_long_enough(self) -> bool:
        return time.monotonic() - self._began >= settings.LEASE_GRACE_SECONDS

    def _fold(self) -> None:
        if self._dirty and time.monotonic() - self._folded > FOLD_EVERY:
            self._folded, self._dirty = time.monotonic(), False
            while fold() + fold_tallies() and not self._stopping.is_set():
                pass
