"""Taking reports: what was read is handed to the ledger, and each is answered in one way wherever it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import REFUSALS, Answer, Head, NoOperation, Report, report_many
from angarium.kernel.errors import AngariumError, Invalid

from .errors import NotAReporter
from .queries import may_report


@dataclass(frozen=True, slots=True)
class Answered:
    """A status, and what an answer of one report or one item of a batch says."""

    status: int
    body: dict[str, Any]


def refuse_strangers(principal: Principal) -> None:
    """NotAReporter for whoever may not say how operations go."""
    if not may_report(principal):
        raise NotAReporter


def take(read: Sequence[Report | Invalid]) -> list[Answered]:
    """Store what can be stored, in one transaction; answer each in its place."""
    good = [one for one in read if isinstance(one, Report)]
    answers = iter(report_many(good) if good else ())
    return [refused(one) if isinstance(one, Invalid) else answered(next(answers)) for one in read]


def answered(answer: Answer) -> Answered:
    """What the ledger answered, in the words of HTTP."""
    if answer.verdict is None:
        return refused(NoOperation())
    if answer.verdict in REFUSALS:
        return refused(REFUSALS[answer.verdict](head=_members(answer.head)))
    applied = (answer.first or answer.verdict) == "applied"
    return Answered(200, {"applied": applied, "verdict": answer.verdict.value, "head": _members(answer.head)})


def refused(error: AngariumError) -> Answered:
    """A refusal of one item."""
    status = 400 if isinstance(error, Invalid) else 404 if isinstance(error, NoOperation) else 409
    return Answered(status, {**error.details, "code": error.code, "detail": error.message, "field": error.field})


def _members(head: Head | None) -> dict[str, Any] | None:
    return None if head is None else {"state": head.state, "epoch": head.epoch, "seq": head.seq}
