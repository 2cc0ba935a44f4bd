"""Reporting: the accept rule applied to stored heads, one report or many in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
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
from .write import locked, schedule, write

#: How many places one statement asks for: SQLite takes an expression a thousand deep.
ASKED_AT_ONCE = 500

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
    with transaction.atomic():
        heads = locked(sorted({one.operation for one in reports}))
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
        self.heads = heads
        self.known = known
        self.before: dict[UUID, str] = {}
        self.lines: list[Transition] = []
        self.due: dict[UUID, datetime | None] = {}

    def take(self, one: Report) -> Answer:
        head = self.heads.get(one.operation)
        if head is None:
            return Answer(None, None)
        verdict = judge(head.head, one, self.known.get(_place(one)))
        if verdict in (Verdict.APPLIED, Verdict.LATE):
            line = _line(head, one, verdict)
            self.known[_place(one)] = line.digest
            self.lines.append(line)
        if verdict is Verdict.APPLIED:
            self.before.setdefault(head.id, head.state)
            _apply(head, one)
            if one.state in (State.SCHEDULED, State.RETRYING):
                self.due[head.id] = one.run_at or now()
        return Answer(verdict, head.head)

    def write(self) -> None:
        if self.lines:
            write([(self.heads[id], before) for id, before in self.before.items()], self.lines)
        if self.due:
            schedule(self.due)


def _line(head: Operation, one: Report, verdict: Verdict) -> Transition:
    done, total = one.progress or (None, None)
    return Transition(
        operation=head,
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


def _apply(head: Operation, one: Report) -> None:
    head.seq, head.state = one.seq, one.state or head.state
    head.stage, head.message = one.stage or head.stage, one.message or head.message
    if one.progress is not None:
        head.progress_done, head.progress_total = one.progress
    head.metadata = {**head.metadata, **one.metadata}
    head.output = head.output if one.output is None else one.output
    head.error = None if one.state == State.SUCCEEDED else head.error if one.error is None else one.error
    if one.state == State.SCHEDULED:
        head.claims -= 1  # a snooze is not an attempt
