"""Reporting: the accept rule applied to stored heads, one report or many in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError

from . import errors, metrics
from .rule import ACCEPTED, Head, Report, Verdict, judge
from .standing import Standing, standing
from .states import State
from .tallies import Harmless, tally, tally_verdicts
from .write import Line, lines_at, schedule, write_reports

REFUSALS: dict[Verdict, type[AngariumError]] = {
    Verdict.LEASE_LOST: errors.LeaseLost,
    Verdict.NOT_CLAIMED: errors.NotClaimed,
    Verdict.OTHER_BODY: errors.OtherBody,
    Verdict.ALREADY_FINAL: errors.AlreadyFinal,
    Verdict.NOT_REPORTABLE: errors.NotReportable,
}


@dataclass(frozen=True, slots=True)
class Answer:
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
    with transaction.atomic(savepoint=False):
        heads = standing(sorted({one.operation for one in reports}))
        batch = _Batch(heads, _known(reports, heads))
        answers: dict[int, Answer] = {}
        for index, one in sorted(enumerate(reports), key=lambda item: _place(item[1])):
            answers[index] = batch.take(one)
        batch.write()
        tally_verdicts(answer.verdict for answer in answers.values())
        metrics.reported(answer.verdict for answer in answers.values())
    return [answers[index] for index in range(len(reports))]


#: (operation, epoch, seq), or (operation, event_id).
Place = tuple[UUID, int, int] | tuple[UUID, UUID]


def _place(one: Report) -> tuple[UUID, int, int]:
    return one.operation, one.epoch, one.seq


def _known(reports: Sequence[Report], heads: Mapping[UUID, Standing]) -> dict[Place, Known]:
    """What was already reported; asked only for what is not beyond its head, or has a name."""
    old, named = [], []
    for one in reports:
        head = heads.get(one.operation)
        if head is not None and (one.epoch, one.seq) <= (head.epoch, head.seq):
            old.append(_place(one))
        if head is not None and one.event_id:
            named.append((one.operation, one.event_id))
    known: dict[Place, Known] = {}
    for operation, epoch, seq, digest, verdict, _ in lines_at(("operation", "epoch", "seq"), old):
        known[operation, epoch, seq] = Known(digest, verdict)
    for operation, _, _, digest, verdict, event_id in lines_at(("operation", "event_id"), named):
        known[operation, event_id] = Known(digest, verdict)
    return known


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a report that came before."""

    digest: str
    verdict: str


class _Batch:
    """Judges reports on locked heads in memory, and writes what came of them in a fixed number of statements."""

    def __init__(self, heads: Mapping[UUID, Standing], known: dict[Place, Known]) -> None:
        self.moment = now()
        self.heads = heads
        self.known = known
        self.lines: list[Line] = []
        self.due: dict[UUID, datetime | None] = {}

    def take(self, one: Report) -> Answer:
        head = self.heads.get(one.operation)
        if head is None:
            return Answer(None, None)
        known = self._known(one)
        verdict = judge(head.head, one, known.digest if known else None)
        if verdict in (Verdict.APPLIED, Verdict.LATE):
            self._keep(_line(head, one, verdict, self.moment))
        if verdict is Verdict.APPLIED:
            head.before = head.before or head.state
            head.apply(one)
            if one.state in (State.SCHEDULED, State.RETRYING):
                self.due[head.id] = one.run_at or now()
        first = Verdict(known.verdict) if known and verdict is Verdict.REPEAT else None
        return Answer(verdict, head.head, first)

    def _known(self, one: Report) -> Known | None:
        by_name = self.known.get((one.operation, one.event_id)) if one.event_id else None
        return by_name or self.known.get(_place(one))

    def _keep(self, line: Line) -> None:
        self.lines.append(line)
        kept = Known(line.digest, line.verdict)
        self.known[line.operation, line.epoch, line.seq] = kept
        if line.event_id:
            self.known[line.operation, line.event_id] = kept

    def write(self) -> None:
        if self.lines:
            write_reports([head for head in self.heads.values() if head.told], self.lines, self.moment)
        if self.due:
            schedule(self.due)


def _line(head: Standing, one: Report, verdict: Verdict, moment: datetime) -> Line:
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
        progress_unit=one.unit,
        message=one.message,
        metadata=one.metadata or None,
        output=one.output,
        error=one.error,
        worker=head.worker,
        verdict=verdict.value,
        digest=one.digest(),
        event_id=one.event_id,
    )
