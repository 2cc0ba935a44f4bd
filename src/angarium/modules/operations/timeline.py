"""The course of an operation as stretches of time: how long it waited and how long it ran, in which attempt and stage
and by which worker. Pure: the moves of its history in, spans out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

PHASES: Mapping[str, str] = {"running": "running", "paused": "paused"}
ENDS = frozenset({"succeeded", "failed", "cancelled"})


class Move(NamedTuple):
    """A line of the history that changed the state or the stage, in the order of (epoch, seq)."""

    seq: int
    state: str
    stage: str
    worker: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """`phase` is waiting, running or paused. A span that goes on has no end; its seconds are those so far.

    `attempt` counts claims from 1; what waits, waits for the next one. A snooze is no attempt.
    """

    phase: str
    state: str
    attempt: int
    stage: str
    worker: str
    started_at: datetime
    ended_at: datetime | None = None
    seconds: float = 0.0

    @property
    def retry(self) -> bool:
        return self.attempt > 1

    def until(self, moment: datetime, *, over: bool) -> Span:
        seconds = max(0.0, (moment - self.started_at).total_seconds())
        return replace(self, seconds=seconds, ended_at=max(moment, self.started_at) if over else None)


@dataclass(slots=True)
class Share:
    """How many seconds a stage or a worker had of it."""

    name: str
    waiting: float = 0.0
    running: float = 0.0
    paused: float = 0.0


def spans_of(moves: Iterable[Move], moment: datetime) -> list[Span]:
    """The spans of this history as it stands at that moment, the oldest first."""
    spans: list[Span] = []
    here: Span | None = None
    claims = 0
    for move in moves:
        claims += _claims(here, move)
        if move.state in ENDS:
            return [*spans, *_closed(here, move.at)]
        following = _after(here, move, claims)
        if here is None or _place(following) != _place(here):
            spans += _closed(here, move.at)
            here = following
    return spans if here is None else [*spans, here.until(moment, over=False)]


def shares(spans: Iterable[Span], by: str) -> list[Share]:
    """What each stage or worker (`by`) had, in the order in which they came; what has none is left out."""
    found: dict[str, Share] = {}
    for span in spans:
        if name := str(getattr(span, by)):
            share = found.setdefault(name, Share(name))
            setattr(share, span.phase, getattr(share, span.phase) + span.seconds)
    return list(found.values())


def total(spans: Sequence[Span], phase: str) -> float:
    return sum(span.seconds for span in spans if span.phase == phase)


def _claims(here: Span | None, move: Move) -> int:
    """A claim is one more, and the snooze of what was claimed takes it back."""
    if move.seq == 0:
        return 1 if move.state == "running" else 0
    snoozed = move.state == "scheduled" and here is not None and here.phase == "running"
    return -1 if snoozed else 0


def _after(here: Span | None, move: Move, claims: int) -> Span:
    state = move.state or (here.state if here else "queued")
    phase = PHASES.get(state, "waiting")
    return Span(
        phase=phase,
        state=state,
        attempt=claims if phase == "running" else claims + 1,
        stage=move.stage or (here.stage if here else ""),
        worker=move.worker if phase == "running" else "",
        started_at=move.at,
    )


def _place(span: Span) -> tuple[str, str, int, str, str]:
    return span.phase, span.state, span.attempt, span.stage, span.worker


def _closed(span: Span | None, moment: datetime) -> list[Span]:
    return [] if span is None else [span.until(moment, over=True)]
