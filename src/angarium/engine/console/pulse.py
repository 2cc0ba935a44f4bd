"""What the first page tells: who may see which work, how much there is, how the last day went."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncHour, TruncMinute

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation, counts
from angarium.kernel.clock import now

from .columns import SHADE_OF


@dataclass(frozen=True)
class Span:
    """How far back a plot looks, and in which steps."""

    name: str
    step: timedelta
    steps: int
    every: int

    def starts(self, until: datetime) -> list[datetime]:
        """The beginnings of the steps, oldest first, the running one last."""
        last = until.replace(second=0, microsecond=0)
        if self.step == timedelta(hours=1):
            last = last.replace(minute=0)
        return [last - self.step * back for back in range(self.steps - 1, -1, -1)]


SPANS = {
    "hour": Span("hour", timedelta(minutes=1), 60, 10),
    "day": Span("day", timedelta(hours=1), 24, 3),
}


def seen_by(principal: Principal) -> QuerySet[Operation]:
    """The operations that this principal may see: staff all, others what they started themselves."""
    every = Operation.objects.all()
    return every if principal.is_staff else every.filter(actor=principal.id) if principal.id else every.none()


def standing(principal: Principal) -> dict[str, int]:
    """{shade: number of operations}: for staff the ledger's exact counters, for others what is theirs."""
    totals: Counter[str] = Counter({"waiting": 0, "running": 0, "good": 0, "bad": 0, "still": 0})
    if principal.is_staff:
        for states in counts().values():
            totals.update(_shaded(states))
    else:
        rows = seen_by(principal).values_list("state").annotate(Count("id"))
        totals.update(_shaded(dict(rows)))
    return dict(totals)


def _shaded(states: Mapping[str, int]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for state, number in states.items():
        totals[SHADE_OF[state]] += number
    return totals


def floor(instant: datetime) -> UUID:
    """The least identifier that can have been made at this instant: ids sort by time (RFC 9562, 5.7)."""
    return UUID(int=int(instant.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)


def history(principal: Principal, span: Span) -> list[tuple[datetime, dict[str, int]]]:
    """(start of the step, {shade: number accepted in it by how they stand now}) for each step, oldest first.

    What took t seconds to count is kept for 20 t, so that watching costs a twentieth of a core at most.
    """
    key = f"console:pulse:{span.name}:{'all' if principal.is_staff else principal.id}"
    kept: list[tuple[datetime, dict[str, int]]] | None = cache.get(key)
    if kept is not None:
        return kept
    began = time.perf_counter()
    answer = _history(principal, span)
    took = time.perf_counter() - began
    if took > 0.1:
        cache.set(key, answer, timeout=took * 20)
    return answer


def _history(principal: Principal, span: Span) -> list[tuple[datetime, dict[str, int]]]:
    starts = span.starts(now())
    trunc = TruncHour if span.step == timedelta(hours=1) else TruncMinute
    rows = (
        seen_by(principal)
        .filter(id__gte=floor(starts[0]))
        .annotate(step=trunc("created_at", tzinfo=starts[0].tzinfo))
        .values_list("step", "state")
        .annotate(number=Count("id"))
    )
    found: dict[datetime, Counter[str]] = {start: Counter() for start in starts}
    for step, state, number in rows:
        if step in found:
            found[step][SHADE_OF[state]] += number
    return [(start, dict(found[start])) for start in starts]
