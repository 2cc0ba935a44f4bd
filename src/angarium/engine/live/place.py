"""Where a reader of the two logs stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from angarium.engine.events.public import EVENTS, WORK, heads

LOGS = (EVENTS, WORK)


@dataclass(frozen=True, slots=True)
class Place:
    """The last position heard of each log, in a generation. As text: `generation:events:work`."""

    generation: str
    events: int
    work: int

    def __str__(self) -> str:
        return f"{self.generation}:{self.events}:{self.work}"

    def at(self, log: str) -> int:
        return self.events if log == EVENTS else self.work

    def moved(self, log: str, position: int) -> Place:
        if log == EVENTS:
            return Place(self.generation, position, self.work)
        return Place(self.generation, self.events, position)

    @property
    def positions(self) -> dict[str, int]:
        return {EVENTS: self.events, WORK: self.work}


def here() -> Place:
    """Where the logs stand now. One query."""
    return Place(*heads())


def parsed(text: str) -> Place | None:
    """A place from its text; None when it is none."""
    generation, _, positions = text.partition(":")
    events, _, work = positions.partition(":")
    return placed(generation, events, work)


def placed(generation: Any, events: Any, work: Any) -> Place | None:
    """A place from what a client sent; None when a part is missing or is no position."""
    try:
        found = Place(str(generation), int(events), int(work))
    except (TypeError, ValueError):
        return None
    return found if found.generation and 0 <= found.events < 2**63 and 0 <= found.work < 2**63 else None
