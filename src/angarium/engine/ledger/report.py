"""Reporting: the accept rule applied to stored heads, one report or many in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec
from django.db import connection, transaction

from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError

from . import errors, metrics
from .at_once import in_few_steps
from .rule import ACCEPTED, Head, Report, Verdict, judge
from .standing import Standing, Told, standing, told
from .states import State
from .tallies import Harmless, tally, tally_verdicts
from .write import lines_at, schedule, write_reports

REFUSALS: dict[Verdict, type[AngariumError]] = {
    Verdict.LEASE_LOST: errors.LeaseLost,
    Verdict.NOT_CLAIMED: errors.NotClaimed,
    Verdict.OTHER_BODY: errors.OtherBody,
    Verdict.ALREADY_FINAL: errors.AlreadyFinal,
    Verdict.NOT_REPORTABLE: errors.NotReportable,
}


class Answer(msgspec.Struct, frozen=True):
    """What became of one report, and the head after it. `head` is None when there is no such operation; `first` is what
    became of a repeat when it came for the first time."""

    verdict: Verdict | None
    head: Head | None
    first: Verdict | None = None

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
    with transaction.atomic(savepoint=False), in_few_steps():
        heads = standing(sorted({one.operation for one in reports}, key=_int))
        _remember(reports, heads)
        batch = _Batch(heads)
        order = sorted(range(len(reports)), key=lambda number: _place(reports[number]))
        answers = {number: batch.take(reports[number]) for number in order}
        batch.write()
        tally_verdicts(answer.verdict for answer in answers.values())
        metrics.reported(answer.verdict for answer in answers.values())
    return [answers[number] for number in range(len(reports))]


#: Ids are ordered and compared as whole numbers, which costs a tenth and is the same order.
_int = attrgetter("int")


def _place(one: Report) -> tuple[int, int, int]:
    return one.operation.int, one.epoch, one.seq


def _remember(reports: Sequence[Report], heads: Mapping[UUID, Standing]) -> None:
    """Have each head know what was reported of it before; asked only for what is not beyond it, or has a name."""
    old, named = [], []
    for one in reports:
        head = heads.get(one.operation)
        if head is not None and head.may_know(one):
            old.append((one.operation, one.epoch, one.seq))
        if head is not None and one.event_id:
            named.append((one.operation, one.event_id))
    for operation, epoch, seq, digest, verdict, _ in lines_at(("operation", "epoch", "seq"), old):
        heads[operation].known[epoch, seq] = (digest, verdict)
    for operation, _, _, digest, verdict, event_id in lines_at(("operation", "event_id"), named):
        heads[operation].known[event_id] = (digest, verdict)


class _Batch:
    """Judges reports on locked heads in memory, and writes what came of them in a fixed number of statements."""

    def __init__(self, heads: Mapping[UUID, Standing]) -> None:
        self.moment = now()
        self.heads = heads
        self.lines: list[Told] = []
        self.due: dict[UUID, datetime | None] = {}

    def take(self, one: Report) -> Answer:
        head = self.heads.get(one.operation)
        if head is None:
            return Answer(None, None)
        known = head.knows(one)
        verdict = judge(head, one, known[0] if known else None)
        if verdict in (Verdict.APPLIED, Verdict.LATE):
            line = told(head, one, verdict)
            self.lines.append(line)
            head.keep(one, line["digest"], verdict)
        if verdict is Verdict.APPLIED:
            head.apply(one)
            if one.state in (State.SCHEDULED, State.RETRYING):
                self.due[head.id] = one.run_at or now()
        first = Verdict(known[1]) if known and verdict is Verdict.REPEAT else None
        return Answer(verdict, head.head, first)

    def write(self) -> None:
        if self.lines:
            write_reports([head for head in self.heads.values() if head.told], self.lines, self.moment)
        if self.due:
            schedule(self.due)
