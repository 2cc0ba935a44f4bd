"""Which reminders a lesson should have, and when each is due. Pure: no row is read here.

A reminder belongs to a *version* of what it reminds of: the version of the lesson at which its present start was set
(entered or rescheduled), for those after a lesson the version at which it was completed. Another title or teacher does
not void a reminder that is still right; the letter is written from the row as it then is. Another start does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .lifecycle import AHEAD, LessonSnapshot


class Kind(TextChoices):
    DAY_BEFORE = "day_before", _("a day before")
    HOUR_BEFORE = "hour_before", _("an hour before")
    STARTING_SOON = "starting_soon", _("starting soon")
    FEEDBACK = "feedback", _("asking how it was")
    FEEDBACK_DUE = "feedback_due", _("feedback is due")


class Role(TextChoices):
    """Whom a reminder tells: a participant by letter, everyone by an event."""

    STUDENT = "student", _("student")
    TEACHER = "teacher", _("teacher")
    EVERYONE = "everyone", _("everyone who listens")


class State(TextChoices):
    PLANNED = "planned", _("planned")
    SENT = "sent", _("sent")
    VOIDED = "voided", _("voided")
    SKIPPED = "skipped", _("skipped")


class Because(TextChoices):
    """Why a reminder was not sent."""

    LATE = "late", _("Its time had already passed when the lesson was entered so.")
    BEGUN = "begun", _("The lesson had begun before it could be sent.")
    MOVED = "moved", _("The lesson got another time.")
    HANDED_OVER = "handed_over", _("Somebody else has this lesson now.")
    NOT_AHEAD = "not_ahead", _("The lesson is not ahead any more.")
    NOT_HELD = "not_held", _("The lesson is not completed any more.")


#: So long before its start a lesson's participants are written to: time to prepare, and time to leave home.
BEFORE = {Kind.DAY_BEFORE: timedelta(hours=24), Kind.HOUR_BEFORE: timedelta(hours=1)}
#: So long before its start the fact `starting_soon` is published: time to open a room or a call.
SOON = timedelta(minutes=15)
#: So long after completion the student is asked how it was: late enough to be home, early enough to remember.
FEEDBACK_AFTER = timedelta(hours=1)
#: A lesson entered as completed so long after it ended is history that was typed in; nobody is asked about it.
FRESH = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The change that a reminder hangs on: the lesson's version that it made, and when it was made."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reminder that should exist. `participant` is 0 for everyone; `late`: it came too late to be sent at all."""

    kind: Kind
    role: Role
    participant: int
    version: int
    due_at: datetime
    late: bool = False

    @property
    def key(self) -> tuple[str, str, int, int]:
        return (self.kind, self.role, self.participant, self.version)


def wanted(lesson: LessonSnapshot, start: Anchor, completion: Anchor | None) -> Iterator[Wanted]:
    """The reminders of a lesson as it now is; none of one that is going on, cancelled or missed."""
    both = ((Role.STUDENT, lesson.student_id), (Role.TEACHER, lesson.teacher_id))
    if lesson.status in AHEAD:
        for kind, lead in BEFORE.items():
            for role, participant in both:
                yield _before(kind, role, participant, lesson, start, lead)
        yield _before(Kind.STARTING_SOON, Role.EVERYONE, 0, lesson, start, SOON)
    elif lesson.status == "completed" and completion is not None:
        due = completion.at + FEEDBACK_AFTER
        late = completion.at > lesson.starts_at + timedelta(minutes=lesson.duration_minutes) + FRESH
        yield Wanted(Kind.FEEDBACK, Role.STUDENT, lesson.student_id, completion.version, due, late)
        yield Wanted(Kind.FEEDBACK_DUE, Role.EVERYONE, 0, completion.version, due, late)


def _before(kind: Kind, role: Role, participant: int, lesson: LessonSnapshot, start: Anchor, lead: timedelta) -> Wanted:
    due = lesson.starts_at - lead
    return Wanted(kind, role, participant, start.version, due, late=due <= start.at)


def why_void(kind: str, participant: int, role: str, lesson: LessonSnapshot) -> Because:
    """Why a planned reminder that is not wanted any more is not."""
    now_with = {Role.STUDENT: lesson.student_id, Role.TEACHER: lesson.teacher_id, Role.EVERYONE: 0}
    another = now_with[Role(role)] != participant
    if kind in (Kind.FEEDBACK, Kind.FEEDBACK_DUE):
        return Because.HANDED_OVER if another and lesson.status == "completed" else Because.NOT_HELD
    if lesson.status not in AHEAD:
        return Because.NOT_AHEAD
    return Because.HANDED_OVER if another else Because.MOVED
