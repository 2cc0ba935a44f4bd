"""What the lessons module tells the world."""

from __future__ import annotations

from datetime import datetime

from .event import Event


class LessonEvent(Event, frozen=True, kw_only=True):
    """What every lesson event carries: enough to tell the student without reading the row again.

    `status` is the one that the lesson then had; empty in events from before it was told.
    """

    lesson_id: int
    student_id: int
    teacher_id: int
    title: str
    starts_at: datetime
    timezone: str
    duration_minutes: int
    status: str = ""

    @property
    def subject(self) -> str:
        return f"lessons.lesson:{self.lesson_id}"


class LessonCreated(LessonEvent, frozen=True, kw_only=True):
    """A lesson was entered. One entered as already held is followed by the event of its status."""

    type = "lessons.lesson_created.v1"


class LessonUpdated(LessonEvent, frozen=True, kw_only=True):
    """Something about the lesson changed that has no event of its own; `changed` names the fields.

    `old_student_id` and `old_teacher_id` say who had it before, where that changed.
    """

    type = "lessons.lesson_updated.v1"
    changed: tuple[str, ...]
    old_student_id: int | None = None
    old_teacher_id: int | None = None


class LessonConfirmed(LessonEvent, frozen=True, kw_only=True):
    """The lesson was confirmed."""

    type = "lessons.lesson_confirmed.v1"


class LessonRescheduled(LessonEvent, frozen=True, kw_only=True):
    """The lesson, still to be held, got another start; `old_starts_at` and `old_timezone` say which it had."""

    type = "lessons.lesson_rescheduled.v1"
    old_starts_at: datetime
    old_timezone: str


class LessonStartingSoon(LessonEvent, frozen=True, kw_only=True):
    """The lesson, still ahead, starts within a quarter of an hour; told once for each start it was given."""

    type = "lessons.lesson_starting_soon.v1"


class LessonStarted(LessonEvent, frozen=True, kw_only=True):
    """The lesson began."""

    type = "lessons.lesson_started.v1"


class LessonReopened(LessonEvent, frozen=True, kw_only=True):
    """A completed lesson was taken up again."""

    type = "lessons.lesson_reopened.v1"


class LessonCompleted(LessonEvent, frozen=True, kw_only=True):
    """The lesson was held to its end."""

    type = "lessons.lesson_completed.v1"


class LessonFeedbackDue(LessonEvent, frozen=True, kw_only=True):
    """The lesson was completed an hour ago and still is: time to ask how it was; told once for each completion."""

    type = "lessons.lesson_feedback_due.v1"


class LessonCancelled(LessonEvent, frozen=True, kw_only=True):
    """The lesson will not be held; `because` is what was said about it, often nothing."""

    type = "lessons.lesson_cancelled.v1"
    because: str = ""


class LessonMissed(LessonEvent, frozen=True, kw_only=True):
    """The student did not come (`no_show`)."""

    type = "lessons.lesson_missed.v1"


class LessonDeleted(LessonEvent, frozen=True, kw_only=True):
    """The lesson's row was removed."""

    type = "lessons.lesson_deleted.v1"
