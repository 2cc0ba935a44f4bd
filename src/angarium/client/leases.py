"""The keeper of leases: one thread that renews them, every third of their length, until the end of the work is known.

It also renews those of claims whose end waits in the spool: who finished while Angarium was away must not see the work
given to somebody else because nobody could be told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID
from weakref import WeakValueDictionary

from .asking import Asking
from .background import Background
from .calls import renew
from .errors import Refused, Unavailable
from .pacing import pause
from .spool import Key, Spool

#: How many leases are renewed with one request.
AT_ONCE = 1000


class Leased(Protocol):
    """What holds a lease. Who drops the object gives the lease up: it is not renewed any more."""

    @property
    def operation(self) -> UUID: ...
    @property
    def epoch(self) -> int: ...
    @property
    def lease_seconds(self) -> int: ...
    def renewed(self, seconds: int) -> None: ...
    def lose(self) -> None: ...


class Leases:
    """The leases of one process."""

    def __init__(self, asking: Asking, spool: Spool) -> None:
        self._asking, self._spool = asking, spool
        self.thread = Background("angarium-leases", self._step)
        self.after_fork()

    def after_fork(self) -> None:
        """Claims that were made before the fork stay the parent's to renew."""
        self.thread.after_fork()
        self._lock = threading.Lock()
        self._held: WeakValueDictionary[Key, Leased] = WeakValueDictionary()
        #: When each is renewed next, on the monotonic clock.
        self._due: dict[Key, float] = {}
        self._failures = 0

    def keep(self, claim: Leased) -> None:
        """From now on, and instead of an older claim of the same operation."""
        key = claim.operation, claim.epoch
        with self._lock:
            older = [one for one in self._held if one[0] == claim.operation and one[1] < claim.epoch]
        for one in older:
            self.lost(*one)
        with self._lock:
            self._held[key] = claim
            self._due[key] = time.monotonic() + claim.lease_seconds / 3
        self.look()

    def look(self) -> None:
        """There may be leases to renew."""
        self.thread.ensure()
        self.thread.woken.set()

    def forget(self, claim: Leased) -> None:
        """It ended here; from now on the spool says for how long its lease is needed."""
        with self._lock:
            self._held.pop((claim.operation, claim.epoch), None)

    def lost(self, operation: UUID, epoch: int) -> None:
        """The server says that this epoch is over."""
        with self._lock:
            claim = self._held.pop((operation, epoch), None)
        if claim is not None:
            claim.lose()

    def _step(self) -> None:
        needed = self._needed()
        if not needed:
            self.thread.rest(None)
            return
        moment = time.monotonic()
        with self._lock:
            self._due = {key: self._due.get(key, moment) for key in needed}
            rest = min(self._due.values()) - moment
            # who is due soon goes along, so that many leases are one request
            going = [key for key, due in self._due.items() if due <= moment + needed[key] / 6]
        if rest > 0:
            self.thread.rest(rest)
            return
        for lease_seconds, keys in _grouped(going, needed):
            self._renew(keys, lease_seconds)

    def _needed(self) -> dict[Key, int]:
        """All leases that must not run out, and their lengths in seconds. Of one operation only the newest epoch can
        be held, and the server names operations alone."""
        with self._lock:
            held = {key: claim.lease_seconds for key, claim in self._held.items()}
        every = {**self._spool.endings(), **held}
        newest = dict(sorted(every))
        return {key: every[key] for key in newest.items()}

    def _renew(self, keys: list[Key], lease_seconds: int) -> None:
        try:
            answer = self._asking.once(renew(keys, lease_seconds))
        except (Unavailable, Refused) as error:
            self._failures += 1
            self._later(keys, min(pause(self._failures), lease_seconds / 3))
            self.thread.seldom.warn("away", "%d leases cannot be renewed: %s", len(keys), error)
            return
        self._failures = 0
        self.thread.seldom.over("away", "Leases are renewed again.")
        self._later(keys, lease_seconds / 3)
        gone = set(answer.lost)
        for key in keys:
            if key[0] in gone:
                self.lost(*key)
                continue
            with self._lock:
                claim = self._held.get(key)
            if claim is not None:
                claim.renewed(lease_seconds)

    def _later(self, keys: Iterable[Key], seconds: float) -> None:
        with self._lock:
            self._due.update(dict.fromkeys(keys, time.monotonic() + seconds))


def _grouped(keys: Iterable[Key], seconds: Mapping[Key, int]) -> Iterable[tuple[int, list[Key]]]:
    """The keys by the length of their leases, at most so many together as one request takes."""
    groups: dict[int, list[Key]] = {}
    for key in keys:
        groups.setdefault(seconds[key], []).append(key)
    for lease_seconds, same in groups.items():
        for first in range(0, len(same), AT_ONCE):
            yield lease_seconds, same[first : first + AT_ONCE]
