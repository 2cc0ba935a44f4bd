"""The comparisons. Each returns how much does not agree, with a few examples to look at."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, F, Q

from angarium.contracts.event import event_types
from angarium.engine.events.public import Event
from angarium.engine.ledger.public import TERMINAL, DeadLetter, Due, Operation, State, counts
from angarium.engine.tasks.public import reactions
from angarium.kernel.clock import now

#: A committed event is seen by a relay within seconds; after so long nobody looks.
UNSEEN_AFTER = timedelta(minutes=1)
#: What is due is looked at again within fifteen minutes, however often its call was lost.
OVERDUE_AFTER = timedelta(hours=1)
#: On the first look, and within one look.
EVENTS_BACK, EVENTS_AT_ONCE, SECONDS = 10_000, 1000, 60.0
#: Rows compared one by one, from either end of what is open.
ROWS = 5000
MOST_COUNTED, EXAMPLES = 10_000, 5

#: The kinds of disagreement, in the order in which they are told.
CODES = ("unseen", "unstarted", "not_due", "overdue", "torn", "miscounted")


@dataclass
class Findings:
    """What does not agree: {code: number}, {code: a few ids}; and the position up to which events were looked at."""

    position: int
    behind: int = 0
    numbers: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        return sum(self.numbers.values())

    def add(self, code: str, number: int, examples: Sequence[object] = ()) -> None:
        if number:
            self.numbers[code] += number
            kept = self.examples.setdefault(code, [])
            kept.extend(str(one) for one in examples[: EXAMPLES - len(kept)])


def look(since: int | None = None) -> Findings:
    """Compare everything; events from `since` on, without it the newest few. Runs in transactions of its own."""
    head = Event.objects.order_by("-position").filter(position__isnull=False).values_list("position", flat=True)
    newest = head.first() or 0
    found = Findings(position=max(0, newest - EVENTS_BACK) if since is None else min(since, newest))
    _unseen(found)
    _unstarted(found, newest)
    _overdue(found)
    with one_snapshot():
        _uncounted(found)
        _torn(found)
    return found


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Several statements that see the same moment, where nobody has begun a transaction before."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _unseen(found: Findings) -> None:
    rows = Event.objects.filter(position__isnull=True, at__lt=now() - UNSEEN_AFTER).order_by("id")
    uids = list(rows.values_list("uid", flat=True)[:MOST_COUNTED])
    found.add("unseen", len(uids), uids)


def _unstarted(found: Findings, newest: int) -> None:
    """Events whose reactions have no operation: relay and sink are one transaction, so this can only be a fault."""
    until = time.monotonic() + SECONDS
    while found.position < newest and time.monotonic() < until:
        last = min(found.position + EVENTS_AT_ONCE, newest)
        rows = Event.objects.filter(position__gt=found.position, position__lte=last)
        wanted = set(_keys(list(rows.values_list("type", "uid"))))
        there = set(Operation.objects.filter(unique_key__in=wanted).values_list("unique_key", flat=True))
        missing = sorted(wanted - there)
        found.add("unstarted", len(missing), missing)
        found.position = last
    found.behind = newest - found.position


def _keys(events: Sequence[tuple[str, object]]) -> Iterator[str]:
    known = event_types()
    for kind, uid in events:
        for reaction in reactions(known[kind]) if kind in known else ():
            yield f"{reaction.name}:event:{uid}"


def _overdue(found: Findings) -> None:
    rows = Due.objects.filter(due_at__lt=now() - OVERDUE_AFTER).order_by("due_at")
    ids = list(rows.values_list("pk", flat=True)[:MOST_COUNTED])
    found.add("overdue", len(ids), ids)


def _uncounted(found: Findings) -> None:
    """Open operations by the counters, and by the rows that say when somebody must look at them again."""
    by_counter = {kind: _open(states) for kind, states in counts().items()}
    by_row = dict(Due.objects.values_list("kind").annotate(Count("pk")))
    for kind in sorted(set(by_counter) | set(by_row)):
        lacking = by_counter.get(kind, 0) - by_row.get(kind, 0)
        found.add("not_due" if lacking > 0 else "miscounted", abs(lacking), [kind])
    letters = dict(DeadLetter.objects.values_list("kind").annotate(Count("pk")))
    failed = {kind: states.get(State.FAILED, 0) for kind, states in counts().items()}
    for kind, number in sorted(letters.items()):
        found.add("miscounted", max(0, number - failed.get(kind, 0)), [kind])


def _open(states: dict[str, int]) -> int:
    return sum(number for state, number in states.items() if state not in TERMINAL)


def _torn(found: Findings) -> None:
    """Rows that say something else than their heads."""
    ends = [Due.objects.order_by(order).values_list("pk", flat=True)[:ROWS] for order in ("due_at", "-pk")]
    sample = Due.objects.filter(pk__in={id for rows in ends for id in rows})
    same = (
        Q(claimed=True, operation__state=State.RUNNING, epoch=F("operation__epoch"), due_at__isnull=False)
        | Q(claimed=False, operation__state=State.PAUSED, due_at__isnull=True)
        | Q(claimed=False, operation__state__in=_WAITING, due_at__isnull=False)
    )
    agreeing = set(sample.filter(same).values_list("pk", flat=True))
    torn = [id for id in sample.order_by("pk").values_list("pk", flat=True) if id not in agreeing]
    found.add("torn", len(torn), torn)


_WAITING = (State.SCHEDULED, State.QUEUED, State.RETRYING)
