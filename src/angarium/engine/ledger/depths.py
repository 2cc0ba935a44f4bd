"""How much waits on each queue, and for how long: told from what is open only, however long the history is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from angarium.kernel.clock import now

from .kinds import kinds
from .models import Due


@dataclass(frozen=True, slots=True)
class Depth:
    """`waiting` could run now, `delayed` waits for its time, `paused` for somebody."""

    queue: str
    waiting: int = 0
    delayed: int = 0
    running: int = 0
    paused: int = 0
    oldest_waiting_seconds: float = 0.0


def queue_depths() -> list[Depth]:
    """Every queue that a kind travels on or that holds something, by name."""
    moment = now()
    free = Q(claimed=False, due_at__isnull=False)
    waits = free & Q(since__lte=moment)
    rows = Due.objects.values("queue").annotate(
        waiting=Count("pk", filter=waits),
        delayed=Count("pk", filter=free & Q(since__gt=moment)),
        running=Count("pk", filter=Q(claimed=True)),
        paused=Count("pk", filter=Q(due_at__isnull=True)),
        oldest=Min("since", filter=waits),
    )
    found = {row["queue"]: _depth(dict(row), moment) for row in rows}
    idle = {kind.queue for kind in kinds().values()} - set(found)
    return sorted([*found.values(), *map(Depth, idle)], key=lambda depth: depth.queue)


def _depth(row: dict[str, Any], moment: datetime) -> Depth:
    oldest = row.pop("oldest")
    return Depth(**row, oldest_waiting_seconds=max(0.0, (moment - oldest).total_seconds()) if oldest else 0.0)
