"""What can become of a lesson, as a table, and which events a change of its row means. Pure: no row is read here.

`rescheduled` is a lesson with a new start that nobody has confirmed yet; moved again, it stays there. `cancelled` is
final. A student who did not come (`no_show`) may get a new start; a completed lesson can be taken up again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from angarium.contracts import lessons as contract
from angarium.contracts.event import Event
from angarium.kernel.transitions import IllegalMove, Lifecycle

from .errors import SameTime


class Status(TextChoices):
    PLANNED = "planned", _("planned")
    CONFIRMED = "confirmed", _("confirmed")
    RESCHEDULED = "rescheduled", _("rescheduled")
    IN_PROGRESS = "in_progress", _("in progress")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("no show")
    CANCELLED = "cancelled", _("cancelled")


LIFECYCLE = Lifecycle(
    "lesson",
    {
        "planned": ["confirmed", "rescheduled", "in_progress", "completed", "no_show", "cancelled"],
        "confirmed": ["rescheduled", "in_progress", "completed", "no_show", "cancelled"],
        "rescheduled": ["confirmed", "rescheduled", "in_progress", "completed", "no_show", "cancelled"],
        "in_progress": ["completed", "no_show", "cancelled"],
        "completed": ["in_progress"],
        "no_show": ["rescheduled"],
        "cancelled": [],
    },
    initial=["planned", "confirmed", "in_progress", "completed", "no_show", "cancelled"],
)
#: The lesson is still to be held: another start means that it was rescheduled, not that a record was corrected.
AHEAD = frozenset({"planned", "confirmed", "rescheduled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSnapshot:
    """The columns of a lesson that events are made of."""

    id: int
    title: str
    student_id: int
    teacher_id: int
    starts_at: datetime
    timezone: str
    duration_minutes: int
    status: str
    cancelled_because: str


def events_of(before: LessonSnapshot | None, after: LessonSnapshot | None) -> Iterable[Event]:
    """The events that a change means, in their order; None stands for a row that is not there.

    Raises IllegalMove for a change of status that the table lacks, SameTime for `rescheduled` without a new start.
    """
    if before is None:
        return [] if after is None else list(_of_new(after))
    if after is None:
        return [contract.LessonDeleted(**facts(before))]
    return list(_of_changed(before, after))


def _of_new(after: LessonSnapshot) -> Iterator[Event]:
    if after.status not in LIFECYCLE.initial:
        legal = ", ".join(LIFECYCLE.initial)
        raise IllegalMove(
            f"A lesson cannot be made as {after.status}; it may be made as: {legal}.",
            current=None,
            requested=after.status,
            allowed=list(LIFECYCLE.initial),
        )
    yield contract.LessonCreated(**facts(after))
    yield from _of_move("planned", after)


def _of_changed(before: LessonSnapshot, after: LessonSnapshot) -> Iterator[Event]:
    if before.status != after.status:
        LIFECYCLE.check(before.status, after.status)
    moved = before.starts_at != after.starts_at
    rescheduled = moved and after.status in AHEAD
    if after.status == "rescheduled" != before.status and not moved:
        raise SameTime(field="starts_at")
    if changed := _changed(before, after, besides=_START if rescheduled else ()):
        old = {f"old_{name}": getattr(before, name) for name in _PARTICIPANTS if name in changed}
        yield contract.LessonUpdated(changed=changed, **old, **facts(after))
    if rescheduled:
        yield contract.LessonRescheduled(old_starts_at=before.starts_at, old_timezone=before.timezone, **facts(after))
    yield from _of_move(before.status, after)


def _of_move(before: str, after: LessonSnapshot) -> Iterator[Event]:
    """The event of having come from one status to another; `rescheduled` is told by the start, not by the status."""
    match (before, after.status):
        case (old, new) if old == new:
            return
        case ("completed", "in_progress"):
            yield contract.LessonReopened(**facts(after))
        case (_, "in_progress"):
            yield contract.LessonStarted(**facts(after))
        case (_, "confirmed"):
            yield contract.LessonConfirmed(**facts(after))
        case (_, "completed"):
            yield contract.LessonCompleted(**facts(after))
        case (_, "no_show"):
            yield contract.LessonMissed(**facts(after))
        case (_, "cancelled"):
            yield contract.LessonCancelled(because=after.cancelled_because, **facts(after))


_START = ("starts_at", "timezone")
_PARTICIPANTS = ("student_id", "teacher_id")
_FACTS = (*_PARTICIPANTS, "title", *_START, "duration_minutes")


def facts(lesson: LessonSnapshot) -> dict[str, Any]:
    """What every event about this lesson carries."""
    return {"lesson_id": lesson.id, "status": lesson.status, **{name: getattr(lesson, name) for name in _FACTS}}


def _changed(before: LessonSnapshot, after: LessonSnapshot, *, besides: tuple[str, ...]) -> tuple[str, ...]:
    names = sorted(set(_FACTS) - set(besides))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
