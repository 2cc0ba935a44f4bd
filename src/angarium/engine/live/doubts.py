"""Whose rights may have changed, by what the log says: ids of people and tokens, and `*` for everybody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Set

#: So many of the last doubts are remembered, for those who were about to be let in meanwhile.
REMEMBERED = 100
EVERYBODY = "*"


class Doubts:
    """`number` counts those that the log raised."""

    def __init__(self) -> None:
        self.number = 0
        self._last: deque[Set[str]] = deque(maxlen=REMEMBERED)
        self._open: set[str] = set()
        self._some = asyncio.Event()

    def learn(self, ids: Set[str]) -> None:
        """The log has raised doubts about these."""
        self.number += 1
        self._last.append(frozenset(ids))
        self.add(ids)

    def add(self, ids: Set[str]) -> None:
        """Have these asked again."""
        if ids:
            self._open |= ids
            self._some.set()

    def since(self, number: int, ids: Set[str]) -> Set[str]:
        """Of these ids and `*`, those about which doubts were raised after that many."""
        missed = self.number - number
        raised = [*self._last][-missed:] if missed else []
        if missed > len(raised):
            return ids
        return (ids | {EVERYBODY}) & frozenset().union(*raised)

    async def wait(self) -> None:
        """Until there are some."""
        await self._some.wait()

    def take(self) -> set[str]:
        """All there are, which are then being asked about."""
        taken, self._open = self._open, set()
        self._some.clear()
        return taken
