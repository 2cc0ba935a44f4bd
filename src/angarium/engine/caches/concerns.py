"""Which scopes an event concerns: modules say it, by type of event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from angarium.contracts import event as contract
from angarium.engine.events.public import Event

Concern = Callable[[Sequence[Any]], Iterable[str]]
C = TypeVar("C", bound=Concern)
_concerns: list[tuple[tuple[type[contract.Event], ...], Concern]] = []


def concerns(*types: type[contract.Event]) -> Callable[[C], C]:
    """Have the function told of facts of these types, or of what derives from them, many at a time. It answers with the
    names of the scopes that they concern, and may ask the database."""

    def register(function: C) -> C:
        _concerns.append((types, function))
        return function

    return register


def concerned(rows: Sequence[Event]) -> set[str]:
    """The names of all scopes that these events concern."""
    names = known()
    facts = [contract.load(row.type, row.data) for row in rows if row.type in names]
    found: set[str] = set()
    for types, function in _concerns:
        mine = [fact for fact in facts if isinstance(fact, types)]
        if mine:
            found.update(function(mine))
    return found


def known() -> frozenset[str]:
    """The stored names of the types that anybody is told of. They are few, and all are known once apps are loaded."""
    every = contract.event_types()
    wanted = tuple(one for types, _ in _concerns for one in types)
    return frozenset(name for name, type in every.items() if issubclass(type, wanted))
