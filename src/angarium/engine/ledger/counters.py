"""Counting operations by kind and state without ever scanning them: appended deltas, folded now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from .models import Count, CountDelta

Move = tuple[str, str | None, str | None]


def note(moves: Iterable[Move]) -> None:
    """Record moves (kind, state before or None, state after or None) in the running transaction."""
    totals: Counter[tuple[str, str]] = Counter()
    for kind, before, after in moves:
        if before == after:
            continue
        if before:
            totals[kind, before] -= 1
        if after:
            totals[kind, after] += 1
    deltas = [CountDelta(kind=kind, state=state, delta=delta) for (kind, state), delta in totals.items() if delta]
    if deltas:
        CountDelta.objects.bulk_create(deltas)


def counts() -> dict[str, dict[str, int]]:
    """{kind: {state: number}}, exact at this instant, kinds and states without operations left out."""
    folded = Count.objects.values_list("kind", "state", "value")
    pending = CountDelta.objects.values_list("kind", "state", "delta")
    totals: Counter[tuple[str, str]] = Counter()
    for kind, state, number in folded.union(pending, all=True):  # one statement, so one snapshot
        totals[kind, state] += number
    answer: dict[str, dict[str, int]] = {}
    for (kind, state), number in sorted(totals.items()):
        if number:
            answer.setdefault(kind, {})[state] = number
    return answer


def fold(batch: int = 10_000) -> int:
    """Fold up to `batch` deltas into the counts; returns how many. Safe beside others doing the same."""
    with transaction.atomic():
        rows = list(CountDelta.objects.select_for_update(skip_locked=True).order_by("id")[:batch])
        totals: Counter[tuple[str, str]] = Counter()
        for row in rows:
            totals[row.kind, row.state] += row.delta
        Count.objects.bulk_create([Count(kind=k, state=s) for k, s in sorted(totals)], ignore_conflicts=True)
        for (kind, state), delta in sorted(totals.items()):
            Count.objects.filter(kind=kind, state=state).update(value=F("value") + delta)
        CountDelta.objects.filter(id__in=[row.id for row in rows]).delete()
    return len(rows)
