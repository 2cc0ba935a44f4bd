"""For tests of every part: the ledger's invariants asked of the tables themselves, and time that passes at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from django.db.models import Count

from angarium.kernel.clock import now

from .counters import counts
from .models import DeadLetter, Due, Operation, Transition
from .states import TERMINAL, State


def let_time_pass(*operations: UUID) -> None:
    """What these operations wait for has come: their time to run, or the end of their lease."""
    a_moment_ago = now() - timedelta(seconds=1)
    Due.objects.filter(pk__in=operations, due_at__isnull=False).update(due_at=a_moment_ago)
    Due.objects.filter(pk__in=operations, since__gt=a_moment_ago).update(since=a_moment_ago)


def broken_invariants() -> list[str]:
    """A sentence for each invariant of the ledger that its rows break; empty when all is well."""
    heads = list(Operation.objects.all())
    dues = {due.pk: due for due in Due.objects.all()}
    dead = set(DeadLetter.objects.values_list("pk", flat=True))
    lines: dict[UUID, list[Transition]] = {}
    for line in Transition.objects.order_by("epoch", "seq"):
        lines.setdefault(line.operation_id, []).append(line)
    found = [f"{head}: {what}" for head in heads for what in _of_history(head, lines.get(head.id, []))]
    found += [f"{head}: {what}" for head in heads for what in _of_side_tables(head, dues.get(head.id), head.id in dead)]
    return found + list(_of_all(dues.values()))


def _of_history(head: Operation, lines: list[Transition]) -> Iterator[str]:
    applied = [line for line in lines if line.verdict == Transition.Verdict.APPLIED]
    if not applied or (applied[-1].epoch, applied[-1].seq) != (head.epoch, head.seq):
        yield "the head is not the greatest applied transition"
    if [line.state for line in applied if line.state][-1:] != [head.state]:
        yield "the head's state is not the last one applied"
    if any(line.state in TERMINAL for line in applied[:-1]):
        yield "something was applied after the end"
    if reduce(lambda merged, line: {**merged, **(line.metadata or {})}, applied, {}) != head.metadata:
        yield "the metadata is not what was applied, key by key"
    if any((line.seq == 0) != (line.digest == "") for line in lines):
        yield "seq 0 is the ledger's own, and nothing else is"
    if head.claims > head.max_claims:
        yield "it was claimed more often than it may be"


def _of_side_tables(head: Operation, due: Due | None, dead: bool) -> Iterator[str]:
    if (due is not None) != head.is_open:
        yield "exactly the open ones are due"
    if due is not None and due.claimed != (head.state == State.RUNNING):
        yield "exactly the running ones are claimed"
    if due is not None and due.claimed and due.epoch != head.epoch:
        yield "the lease is of another epoch"
    if due is not None and (due.due_at is None) != (head.state == State.PAUSED):
        yield "exactly the paused ones wait for nothing"
    retried = head.state == State.FAILED and Operation.objects.filter(retry_of=head.id).exists()
    if dead != (head.state == State.FAILED and not retried):
        yield "exactly the failed and not retried ones have a dead letter"


def _of_all(dues: Any) -> Iterator[str]:
    held = Counter((due.kind, due.order_key) for due in dues if due.order_key and due.claimed)
    yield from (f"{key}: {number} are worked on at once" for key, number in held.items() if number > 1)
    counted: dict[str, dict[str, int]] = {}
    for kind, state, number in Operation.objects.values_list("kind", "state").annotate(Count("id")).order_by():
        counted.setdefault(kind, {})[state] = number
    if counted != counts():
        yield f"the counters say {counts()}, the rows {counted}"
