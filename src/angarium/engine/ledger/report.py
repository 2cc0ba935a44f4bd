"""Reporting: the accept rule applied to stored heads, one report or many in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError

from . import errors, metrics
from .models import Operation, Transition
from .rule import ACCEPTED, Head, Report, Verdict, judge
from .states import State
from .tallies import Harmless, tally, tally_verdicts
from .write import Line, locked, schedule, write

#: How many places one statement asks for: SQLite takes an expression a thousand deep.
ASKED_AT_ONCE = 500

#: What judging and writing a report does not need of a head.
UNREAD = ("input", "actor", "event_id", "retry_of", "unique_key", "created_at", "updated_at", "finished_at")

REFUSALS: dict[Verdict, type[AngariumError]] = {
    Verdict.LEASE_LOST: errors.LeaseLost,
    Verdict.NOT_CLAIMED: errors.NotClaimed,
    Verdict.OTHER_BODY: errors.OtherBody,
    Verdict.ALREADY_FINAL: errors.AlreadyFinal,
    Verdict.NOT_REPORTABLE: errors.NotReportable,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one report, and the head after it. `head` is None when there is no such operation."""

    verdict: Verdict | None
    head: Head | None

    @property
    def applied(self) -> bool:
        return self.verdict is Verdict.APPLIED

    @property
    def accepted(self) -> bool:
        return self.verdict in ACCEPTED


def report(one: Report) -> Answer:
    """Apply one report. Raises the refusal (with the head in its details) instead of answering it.

    A replaced worker's is tallied here, unless the caller's transaction ends with it; then that is the caller's to do.
    """
    answer = report_many([one])[0]
    if answer.verdict is Verdict.LEASE_LOST and not connection.in_atomic_block:
        tally(Harmless.ZOMBIE)
    if answer.head is None:
        raise errors.NoOperation
    if answer.verdict in REFUSALS:
        head = answer.head
        raise REFUSALS[answer.verdict](head={"state": head.state, "epoch": head.epoch, "seq": head.seq})
    return answer


def report_many(reports: Sequence[Report]) -> list[Answer]:
    """Apply reports for any number of operations in one transaction; one answer each, in order.

    Those of one operation are taken in the order of (epoch, seq), whatever their order here.
    """
    with transaction.atomic(savepoint=False):
        heads = locked(sorted({one.operation for one in reports}), unread=UNREAD)
        batch = _Batch(heads, _known(reports, heads))
        answers: dict[int, Answer] = {}
        for index, one in sorted(enumerate(reports), key=lambda item: _place(item[1])):
            answers[index] = batch.take(one)
        batch.write()
        tally_verdicts(answer.verdict for answer in answers.values())
        metrics.reported(answer.verdict for answer in answers.values())
    return [answers[index] for index in range(len(reports))]


Place = tuple[UUID, int, int]


def _place(one: Report) -> Place:
    return one.operation, one.epoch, one.seq


def _known(reports: Sequence[Report], heads: Mapping[UUID, Operation]) -> dict[Place, str]:
    """The digests of what was already reported; asked only for what is not beyond its head."""
    asked = [
        one
        for one in reports
        if (head := heads.get(one.operation)) is not None and (one.epoch, one.seq) <= (head.epoch, head.seq)
    ]
    known: dict[Place, str] = {}
    for first in range(0, len(asked), ASKED_AT_ONCE):
        places = [Q(operation=p[0], epoch=p[1], seq=p[2]) for p in map(_place, asked[first : first + ASKED_AT_ONCE])]
        rows = Transition.objects.filter(reduce(or_, places)).values_list("operation_id", "epoch", "seq", "digest")
        known.update({(operation, epoch, seq): digest for operation, epoch, seq, digest in rows})
    return known


class _Batch:
    """Judges reports on locked heads in memory, and writes what came of them in a fixed number of statements."""

    def __init__(self, heads: Mapping[UUID, Operation], known: dict[Place, str]) -> None:
        self.moment = now()
        self.heads = heads
        self.known = known
        self.before: dict[UUID, str] = {}
        self.lines: list[Line] = []
        self.changed: set[str] = set()
        self.due: dict[UUID, datetime | None] = {}

    def take(self, one: Report) -> Answer:
        head = self.heads.get(one.operation)
        if head is None:
            return Answer(None, None)
        verdict = judge(head.head, one, self.known.get(_place(one)))
        if verdict in (Verdict.APPLIED, Verdict.LATE):
            line = _line(head, one, verdict, self.moment)
            self.known[_place(one)] = line.digest
            self.lines.append(line)
        if verdict is Verdict.APPLIED:
            self.before.setdefault(head.id, head.state)
            self.changed.update(_apply(head, one))
            if one.state in (State.SCHEDULED, State.RETRYING):
                self.due[head.id] = one.run_at or now()
        return Answer(verdict, head.head)

    def write(self) -> None:
        if self.lines:
            write([(self.heads[id], before) for id, before in self.before.items()], self.lines, columns=self.changed)
        if self.due:
            schedule(self.due)


def _line(head: Operation, one: Report, verdict: Verdict, moment: datetime) -> Line:
    done, total = one.progress or (None, None)
    return Line(
        operation=head.id,
        at=moment,
        epoch=one.epoch,
        seq=one.seq,
        state=one.state,
        stage=one.stage,
        progress_done=done,
        progress_total=total,
        message=one.message,
        metadata=one.metadata or None,
        output=one.output,
        error=one.error,
        worker=head.worker,
        verdict=verdict.value,
        digest=one.digest(),
    )


def _apply(head: Operation, one: Report) -> Collection[str]:
    """Change the head in memory; returns the columns that changed."""
    said = {"state": one.state, "stage": one.stage, "message": one.message}
    changes: dict[str, Any] = {"seq": one.seq, **{name: text for name, text in said.items() if text}}
    if one.progress is not None:
        changes["progress_done"], changes["progress_total"] = one.progress
    if one.metadata:
        changes["metadata"] = {**head.metadata, **one.metadata}
    if one.output is not None:
        changes["output"] = one.output
    if one.error is not None or one.state == State.SUCCEEDED:
        changes["error"] = None if one.state == State.SUCCEEDED else one.error
    if one.state == State.SCHEDULED:
        changes["claims"] = head.claims - 1  # a snooze is not an attempt
    for name, value in changes.items():
        setattr(head, name, value)
    return changes.keys()
