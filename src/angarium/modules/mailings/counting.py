"""Counting messages by state and reason without scanning them: written in the transaction that moves them, always last
and in one order, so that two of them never wait for each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Count as Number
from django.db.models import F, Sum

from angarium.kernel.clock import now

from .models import Count, Message, Minute, Shift, zeros

Place = tuple[str, str]


def note_moves(mailer: int, moves: Iterable[tuple[Place | None, Place, int]]) -> None:
    """Record that so many messages went from one (state, reason), or from nothing, to another."""
    totals: Counter[Place] = Counter()
    for before, after, number in moves:
        if before is not None:
            totals[before] -= number
        totals[after] += number
    changed = {place: number for place, number in sorted(totals.items()) if number}
    rows = [Count(mailer_id=mailer, state=state, reason=reason) for state, reason in changed]
    Count.objects.bulk_create(rows, ignore_conflicts=True)
    for (state, reason), number in changed.items():
        Count.objects.filter(mailer=mailer, state=state, reason=reason).update(value=F("value") + number)
    _note_shifts(mailer, changed)


def _note_shifts(mailer: int, changed: Mapping[Place, int]) -> None:
    """Record in which minute that was, by state alone."""
    minute = now().replace(second=0, microsecond=0)
    shifts: Counter[str] = Counter()
    for (state, _reason), number in changed.items():
        shifts[state] += number
    found = sorted((state, number) for state, number in shifts.items() if number)
    rows = [Shift(mailer_id=mailer, at=minute, state=state) for state, _number in found]
    Shift.objects.bulk_create(rows, ignore_conflicts=True)
    for state, number in found:
        Shift.objects.filter(mailer=mailer, at=minute, state=state).update(change=F("change") + number)


def note_minute(mailer: int, at: datetime, *, sent: int, failed: int) -> None:
    """Record what was done in the minute of this instant."""
    minute = at.replace(second=0, microsecond=0)
    Minute.objects.bulk_create([Minute(mailer_id=mailer, at=minute)], ignore_conflicts=True)
    Minute.objects.filter(mailer=mailer, at=minute).update(sent=F("sent") + sent, failed=F("failed") + failed)


def counts_of(mailers: Iterable[int]) -> dict[int, dict[str, int]]:
    """{mailing: {state: number}}, every state; one query for all."""
    found: dict[int, Counter[str]] = {id: Counter() for id in mailers}
    rows = Count.objects.filter(mailer__in=found).values_list("mailer", "state").annotate(number=Sum("value"))
    for id, state, number in rows:
        found[id][state] = number
    return {id: zeros(states) for id, states in found.items()}


def reasons_of(mailer: int) -> dict[Place, int]:
    """{(state, reason): number} of one mailing, without those that have none."""
    rows = Count.objects.filter(mailer=mailer, value__gt=0).values_list("state", "reason", "value")
    return {(state, reason): number for state, reason, number in rows}


def recounted(mailer: int) -> dict[Place, int]:
    """The same by looking at every message; for tests and audits."""
    rows = Message.objects.filter(mailer=mailer).values_list("state", "reason").annotate(number=Number("id"))
    return {(state, reason): number for state, reason, number in rows}
