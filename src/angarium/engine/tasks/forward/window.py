"""What is on its way to one peer: claimed, sent, and not yet heard of. Pure but for the clock that it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from angarium.engine.ledger.public import Claim

from .envelope import Parcel

#: So many may be on their way at once; the others wait in the ledger.
MOST = 500
LONGEST = 900.0


@dataclass
class OnItsWay:
    """One event: how often it was sent, and when (in seconds of a steady clock) it is sent again."""

    claim: Claim
    times: int = 0
    again_at: float = 0.0

    @property
    def parcel(self) -> Parcel:
        claim = self.claim
        return Parcel(operation=claim.operation, epoch=claim.epoch, event=claim.input.get("event"))


class Window:
    """The events on their way by their operations; each is sent again after a pause that doubles."""

    def __init__(self, first_pause: float) -> None:
        self._first = first_pause
        self._all: dict[UUID, OnItsWay] = {}

    def __len__(self) -> int:
        return len(self._all)

    @property
    def room(self) -> int:
        return MOST - len(self._all)

    def add(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self._all[claim.operation] = OnItsWay(claim)

    def due(self, moment: float) -> list[OnItsWay]:
        """What is to be sent now; those that were never sent first."""
        return sorted((one for one in self._all.values() if one.again_at <= moment), key=lambda one: one.times)

    def sending(self, some: Iterable[OnItsWay], moment: float) -> None:
        """These are sent now, whether or not that succeeds."""
        for one in some:
            one.again_at = moment + min(self._first * 2.0 ** min(one.times, 12), LONGEST)
            one.times += 1

    def next_at(self) -> float | None:
        """When something is due again; None when nothing is on its way."""
        return min((one.again_at for one in self._all.values()), default=None)

    def heard_of(self, operations: Iterable[UUID]) -> None:
        for operation in operations:
            self._all.pop(operation, None)

    def claims(self) -> list[Claim]:
        return [one.claim for one in self._all.values()]

    def keep(self, operations: Collection[UUID]) -> None:
        """The others are somebody else's by now, or were cancelled."""
        self._all = {id: one for id, one in self._all.items() if id in operations}
