"""The numbers of mailings: from what is counted as it happens, never by counting messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from angarium.kernel.clock import now

from .counting import counts_of, reasons_of
from .models import Mailer, Minute, Shift

#: How far back the minutes of one mailing are told.
REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Why:
    """So many messages are in a state for a reason."""

    status: str
    reason: str
    number: int


def stat_of(mailer: Mailer, counts: dict[str, int]) -> dict[str, Any]:
    """One mailing with the number of its messages in each state, and their sum."""
    told = {"mailer": mailer.pk, "state": mailer.state, "start": mailer.start, "finish": mailer.finish}
    return {**told, **counts, "total": sum(counts.values())}


def stats_of(mailers: Iterable[Mailer]) -> list[dict[str, Any]]:
    """The same of many; one query for all of them."""
    rows = list(mailers)
    counts = counts_of([row.pk for row in rows])
    return [stat_of(row, counts[row.pk]) for row in rows]


def whys_of(mailer: Mailer) -> list[Why]:
    """Why its messages are where they are, the most frequent first."""
    found = [Why(state, reason, number) for (state, reason), number in reasons_of(mailer.pk).items() if reason]
    return sorted(found, key=lambda one: (-one.number, one.status, one.reason))


def shifts_of(mailer: Mailer, since: datetime | None = None) -> list[Shift]:
    """What changed in each minute in which anything did, since then or in the last day."""
    return list(Shift.objects.filter(mailer=mailer, at__gte=since or now() - REMEMBERED).order_by("at"))


def minutes_of(mailer: Mailer, since: datetime | None = None) -> list[Minute]:
    """What was done in each minute in which anything was, since then or in the last day."""
    return list(Minute.objects.filter(mailer=mailer, at__gte=since or now() - REMEMBERED).order_by("at"))
