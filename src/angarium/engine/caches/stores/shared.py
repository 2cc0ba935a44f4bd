"""Lists in Redis, for all processes together."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import redis

from angarium.engine.caches import scripts
from angarium.engine.caches.breaker import Breaker
from angarium.engine.caches.metrics import failures
from angarium.engine.caches.scopes import Scope
from angarium.engine.caches.store import MOST_OF_A_SCOPE, SECONDS, Away, Found
from angarium.engine.caches.stores.near import Near
from angarium.engine.events.public import CACHES, generations, renew_generation
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

#: Seconds for any answer of Redis; a list from the database is as quick.
PATIENCE = 0.25
#: Seconds that a version lives: longer than what is kept under it.
VERSION = 86_400
#: Events of one transaction that are noted as raised, so that the relay need not do it again; and for how many seconds.
NOTED, NOTE = 100, 60
#: What is asked of Redis.
ASKED = ("look", "keep", "raise", "note", "told")
T = TypeVar("T")
_log = get_logger(__name__)


class Shared:
    """One server. What of it is in doubt has a generation of its own in the database."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None, health_check_interval=0
        )
        self._look = self._client.register_script(scripts.LOOK)
        self._keep = self._client.register_script(scripts.KEEP)
        self._raise = self._client.register_script(scripts.RAISE)
        self.breaker = Breaker()
        self._near = Near()
        for what in ASKED:
            failures.labels(what)  # shown as 0 before the first one

    def generation(self) -> str:
        return generations()

    def look(self, generation: str, scope: Scope, question: str, *, counts: bool = True) -> Found:
        near = self._near.find(scope.main, question)
        counted = _counted(generation) if counts else ""
        args = (secrets.token_hex(8), VERSION, _digest(question), counted, " ".join(near.versions))
        found, kept = self._ask("look", lambda: self._look(_keys(generation, scope.names), args))
        versions = tuple(version.decode() for version in found)
        if kept == 1:
            return Found(versions, near.kept)
        if kept is not None:
            self._near.keep(scope.main, question, Found(versions, kept))
        return Found(versions, kept)

    def keep(self, generation: str, scope: Scope, question: str, versions: tuple[str, ...], answer: bytes) -> bool:
        args = (_digest(question), answer, SECONDS, MOST_OF_A_SCOPE, *versions)
        return bool(self._ask("keep", lambda: self._keep(_keys(generation, scope.names), args)))

    def raise_versions(self, names: Collection[str], events: Collection[int] = ()) -> None:
        """What cannot be raised begins a new generation, which costs the database a short write."""
        try:
            generation, noted = generations(), events if len(events) <= NOTED else ()
            keys = [*_keys(generation, names), *_notes(generation, noted)]
            self._ask("raise", lambda: self._raise(keys, (secrets.token_hex(8), VERSION, len(noted), NOTE)))
        except Away:
            self.forget_all()

    def not_raised(self, events: Collection[int]) -> set[int]:
        if not events:
            return set()
        keys = _notes(generations(), events)
        try:
            notes = self._ask("note", lambda: self._client.mget(keys))
        except Away:
            return set(events)
        return {id for id, note in zip(events, notes, strict=True) if note is None}

    def forget_all(self) -> None:
        renew_generation(CACHES)

    def told(self) -> tuple[int, int]:
        generation = generations()
        both = [_counted(generation, ago) for ago in (0, 1)]
        found = self._ask("told", lambda: [self._client.hmget(key, "hits", "misses") for key in both])
        hits, misses = (sum(int(one[at] or 0) for one in found) for at in (0, 1))
        return hits, misses

    def _ask(self, what: str, ask: Callable[[], T]) -> T:
        """Away when Redis did not answer a moment ago, or does not now."""
        if not self.breaker.is_closed():
            failures.labels(what).inc()
            raise Away
        try:
            answer = ask()
        except (redis.RedisError, OSError) as error:
            failures.labels(what).inc()
            if self.breaker.open():
                _log.warning("caches.redis_away", error=str(error)[:200])
            raise Away from error
        if self.breaker.close():
            _log.info("caches.redis_back")
        return answer


def _keys(generation: str, names: Collection[str]) -> list[str]:
    """In braces, so that all keys of a generation are on one server of a cluster."""
    return [f"angarium:caches:{{{generation}}}:{name}" for name in names]


def _notes(generation: str, events: Collection[int]) -> list[str]:
    return _keys(generation, [f"raised:{id}" for id in events])


def _counted(generation: str, hours_ago: int = 0) -> str:
    return _keys(generation, [f"told:{int(now().timestamp()) // 3600 - hours_ago}"])[0]


def _digest(question: str) -> Any:
    return hashlib.sha256(question.encode()).hexdigest()[:32]
