"""Nobody is in two lessons at once: which changes of lessons take time of a person, and where that is already taken.

Pure. What is ahead, going on or was held takes time; cancelled lessons and those nobody came to take none. Ends may
touch. A change is refused only for an overlap that it makes: lessons that overlapped before, in rows older than this
rule, can still be confirmed, completed, shortened and moved apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .lifecycle import AHEAD, LessonSnapshot

OCCUPYING = AHEAD | {"in_progress", "completed"}
PARTICIPANTS = ("student_id", "teacher_id")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open piece of time, and the lesson that takes it."""

    lesson: int
    start: datetime
    end: datetime
    timezone: str = "UTC"

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Claim:
    """A lesson's new hold on the time of one participant, and what it held of the same one before."""

    field: str
    participant: int
    new: Span
    old: Span | None


def span_of(lesson: LessonSnapshot) -> Span:
    return Span(
        lesson.id, lesson.starts_at, lesson.starts_at + timedelta(minutes=lesson.duration_minutes), lesson.timezone
    )


def claims_of(changes: Iterable[tuple[LessonSnapshot | None, LessonSnapshot | None]]) -> Iterator[Claim]:
    """The holds on people's time that these changes (before, after) make."""
    for before, after in changes:
        if after is None or after.status not in OCCUPYING:
            continue
        for field in PARTICIPANTS:
            who, new = getattr(after, field), span_of(after)
            held = before is not None and before.status in OCCUPYING and getattr(before, field) == who
            old = span_of(before) if held and before is not None else None
            if old is None or (old.start, old.end) != (new.start, new.end):
                yield Claim(field, who, new, old)


def first_conflict(claim: Claim, taken: Sequence[Span]) -> Span | None:
    """The earliest of the participant's other lessons that this claim newly overlaps."""
    for other in sorted(taken, key=lambda span: span.start):
        if other.lesson == claim.new.lesson or not claim.new.overlaps(other):
            continue
        if claim.old is None or not claim.old.overlaps(other):
            return other
    return None
