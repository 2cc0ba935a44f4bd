"""The numbers of the ledger. What an operation's kind may be is bounded by the code: others are told as `other`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q

from angarium.engine.observability.public import Reading, at_scrape, counter
from angarium.kernel.clock import now

from .counters import counts
from .kinds import kinds
from .models import DeadLetter, Due
from .rule import Verdict
from .states import State

_claims = counter("angarium_operations_claims", "Claims given to workers.", ["kind"])
_expired = counter("angarium_operations_leases_expired", "Leases taken back from silent workers.")
_reports = counter(
    "angarium_operations_reports",
    "Reports by what became of them: `repeat` is a duplicate, `late` was shelved, `lease_lost` a replaced worker's.",
    ["verdict"],
)
for _verdict in Verdict:
    _reports.labels(_verdict.value)


def known(kind: str) -> str:
    return kind if kind in kinds() else "other"


def claimed(kind: str, number: int = 1) -> None:
    _after_commit(partial(_claims.labels(known(kind)).inc, number))


def expired() -> None:
    _after_commit(_expired.inc)


def reported(verdicts: Iterable[Verdict | None]) -> None:
    """Count verdicts: those that wrote something once it is committed, refusals at once, for they roll back."""
    for verdict, number in Counter(verdicts).items():
        if verdict in (Verdict.APPLIED, Verdict.LATE):
            _after_commit(partial(_reports.labels(verdict.value).inc, number))
        elif verdict is not None:
            _reports.labels(verdict.value).inc(number)


def _after_commit(count: Callable[[], Any]) -> None:
    transaction.on_commit(count, robust=True)


def read() -> Iterable[Reading]:
    return (_operations(), *_due(), _dead_letters())


def _operations() -> Reading:
    totals: Counter[tuple[str, ...]] = Counter({(kind, state.value): 0 for kind in kinds() for state in State})
    for kind, states in counts().items():
        for state, number in states.items():
            totals[known(kind), state] += number
    return Reading("angarium_operations", "Operations by kind and state.", totals, ("kind", "state"))


def _due() -> Sequence[Reading]:
    """Over what is open only, and by queue, so that one can see which of them lacks workers."""
    moment = now()
    rows = Due.objects.values("queue").annotate(
        due=Count("pk", filter=Q(due_at__lte=moment, claimed=False)),
        published=Count("pk", filter=Q(publishes__gt=0, claimed=False)),
        leased=Count("pk", filter=Q(claimed=True)),
        oldest=Min("since", filter=Q(since__lte=moment, due_at__isnull=False, claimed=False)),
    )
    found: dict[tuple[str], Mapping[str, Any]] = {(row["queue"],): row for row in rows}
    ages = {queue: (moment - row["oldest"]).total_seconds() for queue, row in found.items() if row["oldest"]}
    queues = {(kind.queue,) for kind in kinds().values()} | set(found)
    tell = partial(_by_queue, sorted(queues), found)
    return (
        tell("angarium_operations_due", "Operations that are due and not yet published.", "due"),
        tell("angarium_operations_published", "Operations published and not yet claimed.", "published"),
        tell("angarium_operations_leased", "Operations that a worker holds.", "leased"),
        Reading(
            "angarium_operations_due_oldest_seconds",
            "How long the longest waiting of the operations that could run has waited.",
            {queue: ages.get(queue, 0.0) for queue in sorted(queues)},
            ("queue",),
        ),
    )


def _by_queue(
    queues: Sequence[tuple[str]], found: Mapping[tuple[str], Mapping[str, Any]], name: str, says: str, column: str
) -> Reading:
    return Reading(name, says, {queue: found[queue][column] if queue in found else 0 for queue in queues}, ("queue",))


def _dead_letters() -> Reading:
    totals: Counter[tuple[str, ...]] = Counter({(kind,): 0 for kind in kinds()})
    for kind, number in DeadLetter.objects.values_list("kind").annotate(Count("pk")):
        totals[(known(kind),)] += number
    return Reading(
        "angarium_dead_letters", "Failed operations that nobody has retried.", dict(sorted(totals.items())), ("kind",)
    )


at_scrape("ledger", read)
