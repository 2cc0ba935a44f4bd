"""What the lessons module refuses."""

from angarium.kernel.errors import Conflict, Forbidden, Invalid, Missing


class NoLesson(Missing):
    """There is no such lesson, or you may not see it."""

    code = "no_lesson"


class NoStudent(Missing):
    """There is no such student, or you may not see it."""

    code = "no_student"


class NoTeacher(Missing):
    """There is no such teacher, or you may not see it."""

    code = "no_teacher"


class UnknownParticipant(Invalid):
    """The lesson names a student or a teacher that does not exist."""

    code = "unknown_participant"


class NotYours(Forbidden):
    """You may read this, but only staff may change it."""

    code = "not_yours"


class BadTime(Invalid):
    """This time cannot be the start of a lesson."""

    code = "bad_time"


class SameTime(Invalid):
    """A rescheduled lesson needs another start than the one it has."""

    code = "same_time"


class EmailTaken(Conflict):
    """Another one already has this e-mail address; upper and lower case do not count."""

    code = "email_taken"


class PersonTaken(Conflict):
    """Another one already signs in as this person."""

    code = "person_taken"


class HasLessons(Conflict):
    """There are lessons of this one; cancel and delete them first."""

    code = "has_lessons"


class LessonConflict(Conflict):
    """The student or the teacher has another lesson then.

    `other` is the number of that lesson. It is no part of the answer: whoever refuses on behalf of somebody says more
    only where that somebody may see it.
    """

    code = "lesson_conflict"

    def __init__(self, message: str | None = None, *, other: int = 0, field: str | None = None, **details: object):
        self.other = other
        super().__init__(message, field=field, **details)
