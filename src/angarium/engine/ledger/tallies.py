"""What the ledger kept from doing harm, counted for ever: in the database, so that it is true across processes and
restarts, and as appended deltas, so that no two writers meet in one row.

What commits with the transaction that found it (a duplicate, a late report) is counted in that transaction. A refusal
usually ends its transaction: it is counted by whoever ended it, once that is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from .models import Tally, TallyDelta
from .rule import Verdict


class Harmless(StrEnum):
    """`duplicate`: asked, called or reported again, and not done again. `zombie`: a replaced worker was refused.
    `late`: an older report arrived after a newer one and was shelved."""

    DUPLICATE = "duplicate"
    ZOMBIE = "zombie"
    LATE = "late"


_OF_VERDICTS = {Verdict.REPEAT: Harmless.DUPLICATE, Verdict.LATE: Harmless.LATE}


def tally(what: Harmless, number: int = 1) -> None:
    """Count in the running transaction, if there is one."""
    if number:
        TallyDelta.objects.create(name=what.value, delta=number)


def tally_verdicts(verdicts: Iterable[Verdict | None]) -> None:
    """Count those reports that were accepted and changed nothing; one statement, if there are any."""
    found = Counter(_OF_VERDICTS[one] for one in verdicts if one in _OF_VERDICTS)
    if found:
        TallyDelta.objects.bulk_create([TallyDelta(name=name.value, delta=number) for name, number in found.items()])


def tallies() -> dict[Harmless, int]:
    """How often each has happened since this database was made."""
    folded, pending = Tally.objects.values_list("name", "value"), TallyDelta.objects.values_list("name", "delta")
    totals: Counter[str] = Counter()
    for name, number in folded.union(pending, all=True):  # one statement, so one snapshot
        totals[name] += number
    return {what: totals[what.value] for what in Harmless}


def fold_tallies(batch: int = 10_000) -> int:
    """Fold up to `batch` deltas into the tallies; returns how many. Safe beside others doing the same."""
    with transaction.atomic():
        rows = list(TallyDelta.objects.select_for_update(skip_locked=True).order_by("id")[:batch])
        totals: Counter[str] = Counter()
        for row in rows:
            totals[row.name] += row.delta
        Tally.objects.bulk_create([Tally(name=name) for name in sorted(totals)], ignore_conflicts=True)
        for name, delta in sorted(totals.items()):
            Tally.objects.filter(name=name).update(value=F("value") + delta)
        TallyDelta.objects.filter(id__in=[row.id for row in rows]).delete()
    return len(rows)
