"""How long so many messages take at a rate: when the last one goes, and for whom the time is too short. Pure.

A flow, not single messages: those who may go first go first, at so many a second; whose window closes meanwhile waits
for the next one, as the sending does it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from .windows import Window, zone_named

#: Stretches of sending after which nobody needs to know it more exactly.
MOST_STRETCHES = 20_000


@dataclass(frozen=True, slots=True)
class Lot:
    """So many messages to one zone, which may go from this instant on."""

    number: int
    zone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """When the last one goes, None when none does or it is too far away to tell; how many expire because the sender
    takes no more a second; the rate, 0 for none."""

    last_at: datetime | None
    late: int = 0
    per_second: float = 0.0


def pace(lots: Iterable[Lot], window: Window, *, finish: datetime, per_second: float) -> Pace:
    """Of these messages at this rate, 0 for no bound."""
    lots = list(lots)
    if per_second <= 0:
        return Pace(max((lot.at for lot in lots), default=None))
    return _Flow(lots, window, finish, per_second).run()


class _Flow:
    def __init__(self, lots: list[Lot], window: Window, finish: datetime, per_second: float) -> None:
        self.window, self.finish, self.per_second = window, finish, per_second
        self._order = count()
        self._waiting: list[tuple[datetime, int, Lot]] = []
        self._last: datetime | None = None
        self._late = 0
        for lot in lots:
            self._wait(lot)

    def run(self) -> Pace:
        moment: datetime | None = None
        for _ in range(MOST_STRETCHES):
            if not self._waiting:
                return Pace(self._last, self._late, self.per_second)
            _at, _order, lot = heapq.heappop(self._waiting)
            moment = lot.at if moment is None else max(moment, lot.at)
            moment = self._send(lot, moment)
        return Pace(None, self._late, self.per_second)

    def _send(self, lot: Lot, moment: datetime) -> datetime:
        """Send of this lot what fits into its window; when the sender is free again."""
        zone = zone_named(lot.zone)
        opening = self.window.opens(moment, zone)
        if opening > moment:
            self._put_off(lot, lot.number, opening)
            return moment
        end = min(self.window.closes(moment, zone) or self.finish, self.finish)
        goes = min(lot.number, self._fitting(moment, end))
        if goes < lot.number:
            self._put_off(lot, lot.number - goes, end)
        if not goes:
            return moment
        self._last = self._after(moment, goes - 1)
        return self._after(moment, goes)

    def _after(self, moment: datetime, number: int) -> datetime:
        """When so many have gone; nothing goes after the finish."""
        left = (self.finish - moment).total_seconds()
        return moment + timedelta(seconds=min(number / self.per_second, left))

    def _fitting(self, moment: datetime, end: datetime) -> int:
        """How many go from this moment on before that one."""
        seconds = (end - moment).total_seconds()
        whole = int(seconds * self.per_second)
        return max(0, whole + (1 if whole < seconds * self.per_second else 0))

    def _put_off(self, lot: Lot, number: int, at: datetime) -> None:
        opening = at if at >= self.finish else self.window.opens(at, zone_named(lot.zone))
        if opening >= self.finish:
            self._late += number
        else:
            self._wait(Lot(number, lot.zone, opening))

    def _wait(self, lot: Lot) -> None:
        heapq.heappush(self._waiting, (lot.at, next(self._order), lot))
