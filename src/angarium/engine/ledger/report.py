"""Reporting: the accept rule applied to stored heads, one report or many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError

from . import errors
from .models import Operation, Transition
from .rule import ACCEPTED, Head, Report, Verdict, judge
from .states import State
from .write import locked, save_head, schedule

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
    """Apply one report. Raises the refusal (with the head in its details) instead of answering it."""
    answer = report_many([one])[0]
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
    answers: list[Answer | None] = [None] * len(reports)
    with transaction.atomic():
        heads = locked(sorted({one.operation for one in reports}))
        known = _known(reports, heads)
        for index in sorted(
            range(len(reports)), key=lambda i: (reports[i].operation, reports[i].epoch, reports[i].seq)
        ):
            one = reports[index]
            head = heads.get(one.operation)
            if head is None:
                answers[index] = Answer(None, None)
                continue
            key = (one.operation, one.epoch, one.seq)
            verdict = judge(head.head, one, known.get(key))
            if verdict in (Verdict.APPLIED, Verdict.LATE):
                known[key] = one.digest()
                _log(head, one, verdict)
            if verdict is Verdict.APPLIED:
                _apply(head, one)
            answers[index] = Answer(verdict, head.head)
    return [answer for answer in answers if answer is not None]


def _known(reports: Sequence[Report], heads: dict[UUID, Operation]) -> dict[tuple[UUID, int, int], str]:
    """The digests of what was already reported; asked only for what is not beyond its head."""
    asked = Q()
    for one in reports:
        head = heads.get(one.operation)
        if head is not None and (one.epoch, one.seq) <= (head.epoch, head.seq):
            asked |= Q(operation_id=one.operation, epoch=one.epoch, seq=one.seq)
    if not asked:
        return {}
    rows = Transition.objects.filter(asked).values_list("operation_id", "epoch", "seq", "digest")
    return {(operation, epoch, seq): digest for operation, epoch, seq, digest in rows}


def _log(head: Operation, one: Report, verdict: Verdict) -> None:
    done, total = one.progress or (None, None)
    Transition.objects.create(
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
    before = head.state
    head.seq, head.state = one.seq, one.state or head.state
    head.stage, head.message = one.stage or head.stage, one.message or head.message
    if one.progress is not None:
        head.progress_done, head.progress_total = one.progress
    head.metadata = {**head.metadata, **one.metadata}
    head.output = head.output if one.output is None else one.output
    head.error = head.error if one.error is None else one.error
    if one.state == State.SCHEDULED:
        head.claims -= 1  # a snooze is not an attempt
    if one.state in (State.SCHEDULED, State.RETRYING):
        schedule(head.id, one.run_at or now())
    save_head(head, before)
