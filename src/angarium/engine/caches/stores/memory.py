"""Lists in the memory of this process. It reads the event log on before it answers, so it needs nobody to tell it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from itertools import count

from angarium.engine.caches.following import Follower
from angarium.engine.caches.scopes import Scope
from angarium.engine.caches.store import MOST_OF_A_SCOPE, SECONDS, Found

#: Bytes of all that is kept, and how many scopes have a version at most.
MOST, SCOPES = 32 * 1024 * 1024, 10_000
Key = tuple[str, str]
Kept = tuple[tuple[str, ...], float, bytes]


class Memory:
    """A version is a number that is never given out again. What was not used for the longest time goes first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._numbers = count(1)
        self._versions: OrderedDict[str, str] = OrderedDict()
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._of: dict[str, set[Key]] = {}
        self._bytes = 0
        self._told = [0, 0]
        self._follower = Follower(self.raise_versions, self.forget_all)

    def generation(self) -> str:
        return self._follower.catch_up()

    def look(self, generation: str, scope: Scope, question: str, *, counts: bool = True) -> Found:
        with self._lock:
            versions = tuple(self._version(name) for name in scope.names)
            key = (scope.main, question)
            entry = self._kept.get(key)
            if entry is not None and (entry[0] != versions or entry[1] < time.monotonic()):
                self._drop(key)
                entry = None
            if entry is not None:
                self._kept.move_to_end(key)
            self._told[entry is None] += counts
            return Found(versions, entry and entry[2])

    def keep(self, generation: str, scope: Scope, question: str, versions: tuple[str, ...], answer: bytes) -> bool:
        with self._lock:
            if tuple(self._versions.get(name) for name in scope.names) != versions:
                return False
            key = (scope.main, question)
            self._drop(key)
            keys = self._of.setdefault(scope.main, set())
            if len(keys) >= MOST_OF_A_SCOPE:
                return False
            keys.add(key)
            self._kept[key] = (versions, time.monotonic() + SECONDS, answer)
            self._bytes += len(answer)
            while self._bytes > MOST:
                self._drop(next(iter(self._kept)))
            return True

    def raise_versions(self, names: Collection[str], events: Collection[int] = ()) -> None:
        with self._lock:
            for name in names:
                self._forget(name)

    def not_raised(self, events: Collection[int]) -> set[int]:
        """None: whoever looks reads the log on."""
        return set()

    def forget_all(self) -> None:
        with self._lock:
            self._versions.clear()
            self._kept.clear()
            self._of.clear()
            self._bytes = 0

    def told(self) -> tuple[int, int]:
        return self._told[0], self._told[1]

    def _version(self, name: str) -> str:
        version = self._versions.get(name)
        if version is None:
            version = self._versions[name] = str(next(self._numbers))
            if len(self._versions) > SCOPES:
                self._forget(next(iter(self._versions)))
        return version

    def _forget(self, name: str) -> None:
        """A scope without a version gets a new one when it is asked for again."""
        self._versions.pop(name, None)
        for key in self._of.pop(name, set()):
            self._drop(key)

    def _drop(self, key: Key) -> None:
        entry = self._kept.pop(key, None)
        if entry is not None:
            self._bytes -= len(entry[2])
            self._of.get(key[0], set()).discard(key)
