"""What the first page admits: what was lost, kept from doing harm, how far behind everything is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from angarium.engine.caches.public import hit_ratio
from angarium.engine.events.public import Lag, lag
from angarium.engine.ledger.public import Harmless, next_due, tallies
from angarium.engine.tasks.public import queue_depths
from angarium.kernel.clock import now

from .audit.looking import CODES
from .audit.report import Look, last_look
from .audit.words import EXPLANATIONS

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from angarium.engine.ledger.public import Depth


@dataclass(frozen=True)
class Honest:
    """All of it comes from the database, so it is the same in every process and after every restart. But for `hits`,
    the part of lists of about an hour that needed no rows: None when none was asked for, or nobody can tell."""

    look: Look | None
    kept: Mapping[Harmless, int]
    lag: Lag
    overdue: float
    depths: Sequence[Depth]
    hits: float | None = None

    @property
    def hits_percent(self) -> int | None:
        return None if self.hits is None else int(self.hits * 100)

    @property
    def findings(self) -> list[tuple[int, _StrOrPromise, str]]:
        """(number, what it means, examples) of what the last look could not account for."""
        if self.look is None:
            return []
        numbers, examples = self.look.numbers, self.look.examples
        return [
            (numbers[code], EXPLANATIONS[code], ", ".join(examples.get(code, [])))
            for code in CODES
            if numbers.get(code)
        ]

    @property
    def duplicates(self) -> int:
        return self.kept[Harmless.DUPLICATE]

    @property
    def zombies(self) -> int:
        return self.kept[Harmless.ZOMBIE]

    @property
    def late(self) -> int:
        return self.kept[Harmless.LATE]

    @property
    def waiting(self) -> int:
        return sum(depth.waiting for depth in self.depths)

    @property
    def oldest_wait(self) -> float:
        return max((depth.oldest_waiting_seconds for depth in self.depths), default=0.0)


def honest() -> Honest:
    due = next_due()
    overdue = max(0.0, (now() - due).total_seconds()) if due else 0.0
    return Honest(look=last_look(), kept=tallies(), lag=lag(), overdue=overdue, depths=queue_depths(), hits=hit_ratio())
