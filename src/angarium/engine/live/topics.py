"""Topics: what one can follow, who may, and which events and operations are about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from angarium.contracts.event import Event as Fact
from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation

EVERY = "*"


def _nobody(fact: Fact) -> Collection[UUID]:
    return ()


def _nothing(fact: Fact) -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Topic:
    """`lesson` is the topic of lessons, `lesson:7` of one of them, `lesson:*` of all that somebody may read.

    `reads_all` says, without a query, that a principal may read every one of them, `reads` that it may read those that
    concern it; `audience` finds the ids of the people whom one of them concerns (its id is text, and may be anything),
    once for however many listen. `subject` is what its events are about (`lessons.lesson`); `data` makes of a fact
    what a frame carries, to be merged into what a client knows, with the `id`. `concerned` finds whom a fact concerns
    who may not read it any more: they are told that it is gone. `also` names other topics that a fact is about
    (`project:3` for a task of it): whoever may read one of them hears it. `formerly` names those that it was about
    until this fact: whoever may read one of them and nothing of the rest is told that it is gone. `of_work` finds
    which of these operations are about which one.
    """

    name: str
    module: str
    reads_all: Callable[[Principal], bool]
    reads: Callable[[Principal], bool]
    audience: Callable[[str], Collection[UUID]]
    subject: str = ""
    data: Callable[[Fact], dict[str, Any]] | None = None
    concerned: Callable[[Fact], Collection[UUID]] = _nobody
    also: Callable[[Fact], Sequence[str]] = _nothing
    formerly: Callable[[Fact], Sequence[str]] = _nothing
    of_work: Callable[[Sequence[Operation]], Mapping[UUID, str]] | None = None

    def of(self, id: object) -> str:
        return f"{self.name}:{id}"

    def may_read(self, principal: Principal, id: str) -> bool:
        """May it read this one? A query, unless it reads all."""
        if self.reads_all(principal):
            return True
        return principal.id is not None and self.reads(principal) and principal.id in self.audience(id)


_topics: dict[str, Topic] = {}


def topic(one: Topic) -> Topic:
    """Make a topic known; its module's `live.py` does that as it is loaded."""
    _topics[one.name] = one
    return one


def topics() -> Mapping[str, Topic]:
    return _topics


def split(name: str) -> tuple[Topic | None, str]:
    """The topic and the id of `lesson:7`, where the id may be `*`; None for a topic that is not known."""
    first, _, id = name.partition(":")
    return _topics.get(first), id


def about(subject: str) -> str | None:
    """The topic of what an event is about: `lesson:7` for `lessons.lesson:7`."""
    kind, _, id = subject.partition(":")
    return next((one.of(id) for one in _topics.values() if one.subject and one.subject == kind), None)


def named(names: Iterable[str], module: str | None) -> list[str]:
    """The names that a client asks for, `*` as all topics of the module, or of every one where the host has none."""
    found: dict[str, None] = {}
    for name in names:
        if name == EVERY:
            found.update((one.of(EVERY), None) for one in _topics.values() if module in (None, one.module))
        else:
            found[name] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody follows of what was asked for: single topics, topics of which all may be read, and topics of which
    each one has to be asked for."""

    single: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return sorted({*self.single, *(f"{name}:{EVERY}" for name in self.whole | self.partly)})

    def follows(self, names: Iterable[str], routes: Iterable[str]) -> bool:
        """Is something of this followed: topics by their names, or single ones by their routes?"""
        return not (self.whole.isdisjoint(names) and self.partly.isdisjoint(names) and self.single.isdisjoint(routes))


def grant(principal: Principal, names: Iterable[str]) -> Grant:
    """Ask what of these the principal may read. Queries for single topics."""
    single: set[str] = set()
    whole: set[str] = set()
    partly: set[str] = set()
    refused: list[str] = []
    for name in names:
        one, id = split(name)
        if one is None or not id:
            refused.append(name)
        elif id == EVERY:
            (whole if one.reads_all(principal) else partly).add(one.name)
        elif one.may_read(principal, id):
            single.add(name)
        else:
            refused.append(name)
    return Grant(frozenset(single), frozenset(whole), frozenset(partly), tuple(refused))


def row_key(id: str, digits: int = 9) -> int:
    """The key of a row from the id in a topic; 0, which none has, for what is no key or has too many digits."""
    return int(id) if id.isascii() and id.isdigit() and len(id) <= digits else 0
