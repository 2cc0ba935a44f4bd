"""Looking a list up, and keeping it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from angarium.engine.observability.public import get_logger

from .metrics import kept, lookups
from .scopes import Scope
from .store import LONGEST, Away, Store
from .stores.memory import Memory

Outcome = Literal["hit", "miss", "away", "inside"]
_log = get_logger(__name__)
_turns = [threading.Lock() for _ in range(64)]


@dataclass(frozen=True, slots=True)
class Look:
    """`kept` is what was found. `outcome` says how it went: `away` is Redis, `inside` is somebody in a transaction."""

    scope: Scope
    question: str
    outcome: Outcome
    kept: bytes | None = None
    generation: str = ""
    versions: tuple[str, ...] = ()

    def keep(self, answer: bytes) -> bool:
        """Keep what was made of rows that were read after this look, if nothing has changed since."""
        if self.outcome != "miss":
            return False
        try:
            is_kept = len(answer) <= LONGEST and store().keep(
                self.generation, self.scope, self.question, self.versions, answer
            )
        except Away:
            is_kept = False
        kept.labels(self.scope.kind, "kept" if is_kept else "not_kept").inc()
        return is_kept


def look(scope: Scope, question: str) -> Look:
    """What is kept of this list for this question, which says all that the answer depends on besides."""
    found = _look(scope, question, counts=True)
    lookups.labels(scope.kind, found.outcome).inc()
    _log.debug(f"caches.{found.outcome}", list=scope.kind, scope=scope.main, question=question)
    return found


@contextmanager
def alone(scope: Scope, question: str) -> Iterator[None]:
    """Of those in this process who miss the same list at once, one makes it and the others wait; for a second at most,
    and what they find then they look up themselves."""
    turn = _turns[hash((scope.main, question)) % len(_turns)]
    mine = turn.acquire(timeout=1.0)
    try:
        yield
    finally:
        if mine:
            turn.release()


def look_again(missed: Look) -> Look:
    """After a miss, once it is one's turn: somebody may have kept it meanwhile."""
    return _look(missed.scope, missed.question, counts=False)


def _look(scope: Scope, question: str, *, counts: bool) -> Look:
    if connection.in_atomic_block:
        return Look(scope, question, "inside")
    keeper = store()
    try:
        generation = keeper.generation()
        found = keeper.look(generation, scope, question, counts=counts)
    except Away:
        return Look(scope, question, "away")
    outcome: Outcome = "miss" if found.kept is None else "hit"
    return Look(scope, question, outcome, found.kept, generation, found.versions)


def hit_ratio() -> float | None:
    """The part of lists that needed no rows, of about an hour; None when none was asked for, or Redis is away."""
    try:
        hits, misses = store().told()
    except Away:
        return None
    return hits / (hits + misses) if hits + misses else None


def store() -> Store:
    """What keeps lists here: Redis where there is one."""
    return _shared(settings.REDIS_URL) if settings.REDIS_URL else _memory()


@cache
def _shared(url: str) -> Store:
    from .stores.shared import Shared

    return Shared(url)


@cache
def _memory() -> Store:
    return Memory()


def forget_all(**_: Any) -> None:
    """Begin anew: rows have changed and no event tells of it, as after migrations."""
    try:
        with transaction.atomic():
            store().forget_all()
    except DatabaseError as error:
        _log.info("caches.not_forgotten", error=str(error).strip())  # there is no table yet, and nothing kept
