"""How long operations of a kind took. Of a kind with a long past that is asked anew twice a minute: an estimate may
rest on figures that are half a minute old."""

from __future__ import annotations

import time

from angarium.engine.ledger.public import Operation, State

REMEMBERED, LOOKED_THROUGH, FRESH_SECONDS = 200, 500, 30.0
_known: dict[str, tuple[float, list[float]]] = {}


def of(kind: str) -> list[float]:
    """Seconds from the first claim to the end, of the last 200 of this kind that succeeded; looked for among its last
    500, so that a kind which only fails costs no scan of history."""
    asked, durations = _known.get(kind, (0.0, []))
    if not durations or time.monotonic() - asked > FRESH_SECONDS:
        durations = _asked(kind)
        if len(durations) == REMEMBERED:
            _known[kind] = time.monotonic(), durations
    return durations


def _asked(kind: str) -> list[float]:
    newest = Operation.objects.filter(kind=kind).order_by("-id").values("id")[:LOOKED_THROUGH]
    rows = Operation.objects.filter(id__in=newest, state=State.SUCCEEDED, started_at__isnull=False).order_by("-id")
    times = rows.values_list("started_at", "finished_at")[:REMEMBERED]
    return [(ended - begun).total_seconds() for begun, ended in times if begun and ended]
