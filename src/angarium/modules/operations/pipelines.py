"""Where a run of a pipeline stands: what its stages were declared as, and what became of their operations.

    running                  one of its operations is open
    failed, cancelled        the newest operation of a stage ended so
    succeeded                the last stage has succeeded
    failed                   nothing is open, and the next stage could not be started

Pure: stages and the course of their operations in, states and seconds out. Nothing of this is stored anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from .timeline import ENDS, Span, total

#: A stage is stuck that waits or runs for more than so many times what it should take, and longer than so many seconds.
TOO_LONG, AT_LEAST = 3, 10.0


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it was declared; without `expected_seconds` nobody knows how long it should take."""

    name: str
    kind: str
    expected_seconds: int | None = None

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Stage:
        return cls(stored["name"], stored["kind"], stored.get("expected_seconds"))


@dataclass(frozen=True, slots=True)
class Part:
    """An operation of a run. `stage` is the one that it was started for; `ready_at` is from when on an open one could
    have run."""

    operation: UUID
    stage: str
    state: str
    spans: Sequence[Span]
    retry_of: UUID | None = None
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StageCourse:
    """A stage of a run. State and operation are those of its newest operation, None before there is any; the seconds
    are those of all its operations."""

    stage: Stage
    state: str | None
    operation: UUID | None
    operations: int
    waiting: float
    running: float
    stuck: bool
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """A run. `stage` is where it stands: the one that is open, or that ended it, or that could not be started; None
    when it has succeeded."""

    state: RunState
    stages: Sequence[StageCourse]
    stage: StageCourse | None
    finished_at: datetime | None

    @property
    def stuck(self) -> bool:
        return any(one.stuck for one in self.stages)


def course_of(stages: Sequence[Stage], parts: Iterable[Part], moment: datetime) -> Course:
    """The course of a run with these stages and operations, in any order, as it stands at that moment."""
    by_stage: dict[str, list[Part]] = {}
    for part in sorted(parts, key=lambda one: one.operation):
        by_stage.setdefault(part.stage, []).append(part)
    courses = [_stage(stage, by_stage.get(stage.name, []), moment) for stage in stages]
    state = _state(courses)
    ends = [one.finished_at for one in courses if one.finished_at]
    return Course(
        state=state,
        stages=courses,
        stage=_place(courses, state),
        finished_at=max(ends) if ends and state != RunState.RUNNING else None,
    )


def limit_of(expected_seconds: float | None) -> float | None:
    """How many seconds a stage may wait or run before it counts as stuck; None when nobody knows."""
    return None if expected_seconds is None else max(TOO_LONG * expected_seconds, AT_LEAST)


def is_stuck(stage: Stage, part: Part, moment: datetime) -> bool:
    """Has it waited, from when on it could have run, or run, in this attempt, for too long? What is paused has not."""
    limit = limit_of(stage.expected_seconds)
    if limit is None or not part.spans or part.state in ENDS:
        return False
    span = part.spans[-1]
    if span.phase == "paused":
        return False
    since = part.ready_at if span.phase == "waiting" else None
    return (moment - (since or span.started_at)).total_seconds() > limit


def _stage(stage: Stage, parts: Sequence[Part], moment: datetime) -> StageCourse:
    newest = _newest(parts)
    spans = [span for part in parts for span in part.spans]
    over = newest is not None and newest.state in ENDS
    return StageCourse(
        stage=stage,
        state=newest.state if newest else None,
        operation=newest.operation if newest else None,
        operations=len(parts),
        waiting=total(spans, "waiting"),
        running=total(spans, "running"),
        stuck=newest is not None and is_stuck(stage, newest, moment),
        started_at=min((span.started_at for span in spans if span.phase == "running"), default=None),
        finished_at=newest.spans[-1].ended_at if newest and newest.spans and over else None,
    )


def _newest(parts: Sequence[Part]) -> Part | None:
    """The one that nobody has retried; clocks of several machines do not decide."""
    retried = {part.retry_of for part in parts}
    return next((part for part in reversed(parts) if part.operation not in retried), None)


def _state(stages: Sequence[StageCourse]) -> RunState:
    states = [one.state for one in stages if one.state]
    if any(state not in ENDS for state in states):
        return RunState.RUNNING
    for bad in (RunState.FAILED, RunState.CANCELLED):
        if bad in states:
            return bad
    return RunState.SUCCEEDED if stages and stages[-1].state == "succeeded" else RunState.FAILED


def _place(stages: Sequence[StageCourse], state: RunState) -> StageCourse | None:
    wanted = [one for one in stages if one.state and (one.state not in ENDS or one.state == state)]
    if wanted and state != RunState.SUCCEEDED:
        return next((one for one in wanted if one.state not in ENDS), wanted[0])
    begun = max((place for place, one in enumerate(stages) if one.state), default=-1)
    return stages[begun + 1] if state == RunState.FAILED and begun + 1 < len(stages) else None
