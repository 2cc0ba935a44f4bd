"""For whom a mailing waits: deferred messages by the clock of their clients."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Min

from angarium.modules.mailings.lifecycle import OPEN, MessageState
from angarium.modules.mailings.models import Mailer, Message

from .plots import Bar

#: Messages that are looked at, those that are due first; and zones that are named.
MOST, NAMED = 20_000, 10
#: What took t seconds to count is kept for so many t, so that watching costs a twentieth of a core at most.
KEPT = 20


@dataclass(frozen=True, slots=True)
class Zones:
    """`bars` has the zones with most, `others` how many more wait in how many more zones; `looked_at` is None when all
    were."""

    bars: Sequence[Bar]
    others: int = 0
    other_zones: int = 0
    looked_at: int | None = None


def zones_of(mailer: Mailer, deferred: int) -> Zones | None:
    """None when nothing waits for a window."""
    if not deferred:
        return None
    key = f"mailings:zones:{mailer.pk}:{mailer.version}"
    kept: Zones | None = cache.get(key)
    if kept is not None:
        return kept
    began = time.perf_counter()
    found = _zones(mailer, deferred)
    if (took := time.perf_counter() - began) > 0.05:
        cache.set(key, found, timeout=max(1.0, took * KEPT))
    return found


def _zones(mailer: Mailer, deferred: int) -> Zones:
    waits = Message.objects.filter(mailer=mailer, state__in=sorted(OPEN), due_at__isnull=False)
    first = waits.filter(state=MessageState.DEFERRED).order_by("due_at", "id").values("pk")[:MOST]
    rows = Message.objects.filter(pk__in=first).order_by().values_list("client__timezone")
    found = sorted(rows.annotate(number=Count("id"), at=Min("due_at")), key=lambda row: (-row[1], row[0]))
    shown, rest = found[:NAMED], found[NAMED:]
    most = max((number for _zone, number, _at in shown), default=1)
    bars = [
        Bar(zone, number, round(100 * number / most, 2), "waiting", **_opens(zone, at)) for zone, number, at in shown
    ]
    others = sum(number for _zone, number, _at in rest)
    return Zones(bars, others, len(rest), MOST if deferred > MOST else None)


def _opens(zone: str, at: datetime) -> dict[str, Any]:
    return {"opens_at": at, "local": f"{at.astimezone(ZoneInfo(zone)):%H:%M}"}
