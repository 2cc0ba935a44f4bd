"""What runs in a worker: the line about the student, letters with their calendar entries, reminders and timed facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from angarium.contracts.lessons import (
    LessonCancelled,
    LessonCompleted,
    LessonConfirmed,
    LessonCreated,
    LessonDeleted,
    LessonEvent,
    LessonFeedbackDue,
    LessonMissed,
    LessonReopened,
    LessonRescheduled,
    LessonStarted,
    LessonStartingSoon,
    LessonUpdated,
)
from angarium.engine.delivery.public import send
from angarium.engine.events.public import Event, publish
from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, task
from angarium.kernel.clock import now

from . import reminding
from .letters import Both, key_of, recipient, write
from .lifecycle import facts
from .models import Lesson, Reminder, Student, Teacher
from .reminders import FRESH, Because, Kind, Role, State

_log = get_logger(__name__)


@task(on=(LessonCreated, LessonCompleted))
def notify_student(run: Run, event: LessonEvent) -> Outcome:
    """Have the student told once for each event, whatever is tried again. Without the lesson nobody is told."""
    student = Student.objects.filter(pk=event.student_id).first()
    if student is None or not Lesson.objects.filter(pk=event.lesson_id).exists():
        _log.warning("lessons.lesson_gone", lesson_id=event.lesson_id, student_id=event.student_id, told=event.type)
        return Cancel("The lesson was deleted before its student was told.")
    delivery = send(
        to=recipient(student),
        template="lessons/notification",
        channel="log",
        key=f"{run.claim.event_id}:student:{student.id}",
        subject=event.subject,
        context={"title": event.title, "event": event.type},
    )
    return Done({"delivery": str(delivery.id)})


@task(on=(LessonCreated, LessonRescheduled, LessonUpdated, LessonCancelled, LessonDeleted, LessonCompleted))
def write_letters(run: Run, event: LessonEvent) -> Outcome:
    """Write to student and teacher, with the entry for their calendars where the lesson's time is concerned."""
    logged = Event.objects.filter(uid=run.claim.event_id).first() if run.claim.event_id else None
    student = Student.objects.filter(pk=event.student_id).first()
    teacher = Teacher.objects.filter(pk=event.teacher_id).first()
    if logged is None or student is None or teacher is None:
        return Cancel("The student or the teacher is gone.")
    both = Both(student, teacher)
    written = [
        write(
            letter.kind,
            event,
            letter.to,
            both,
            key=key_of(logged.uid, str(letter.to._meta.model_name), letter.to.id),
            version=logged.subject_version or 1,
            was=(event.old_starts_at, event.old_timezone) if isinstance(event, LessonRescheduled) else None,
            because=event.because if isinstance(event, LessonCancelled) else "",
        )
        for letter in _letters(event, logged, both)
    ]
    return Done({"deliveries": [str(one.id) for one in written]})


class _Letter(NamedTuple):
    kind: str
    to: Student | Teacher


def _letters(event: LessonEvent, logged: Event, both: Both) -> Iterator[_Letter]:
    """Who gets which letter of an event. What is over is not entered into calendars any
    more, and history that is typed in is not told as news."""
    student, teacher = both.student, both.teacher
    match event:
        case LessonCompleted() if not reminding.ended_before(event, logged.at - FRESH):
            yield _Letter("completed", student)
        case _ if reminding.ended_before(event, logged.at):
            return
        case LessonCreated():
            yield from (_Letter("created", student), _Letter("created", teacher))
        case LessonRescheduled():
            yield from (_Letter("rescheduled", student), _Letter("rescheduled", teacher))
        case LessonCancelled():
            yield from (_Letter("cancelled", student), _Letter("cancelled", teacher))
        case LessonDeleted() if reminding.was_ahead(logged):
            yield from (_Letter("cancelled", student), _Letter("cancelled", teacher))
        case LessonUpdated():
            yield from _letters_of_an_edit(event, logged, both)


def _letters_of_an_edit(event: LessonUpdated, logged: Event, both: Both) -> Iterator[_Letter]:
    """A new participant gets the lesson, the one before loses it, and who stays hears of the change: unless the same
    write moved the lesson, for then the letter about that has it all."""
    moved = reminding.moved_by_the_same_write(logged)
    for now_with, before in ((both.student, event.old_student_id), (both.teacher, event.old_teacher_id)):
        if before is not None:
            yield from (_Letter("handed_over", one) for one in type(now_with).objects.filter(pk=before))
            if not moved:
                yield _Letter("created", now_with)
        elif not moved:
            yield _Letter("updated", now_with)


@task(
    on=(
        LessonCreated, LessonUpdated, LessonRescheduled, LessonConfirmed, LessonStarted, LessonReopened,
        LessonCompleted, LessonCancelled, LessonMissed,
    )
)  # fmt: skip
def plan_reminders(event: LessonEvent) -> Outcome:
    """Bring a lesson's reminders in line with the lesson as it now is; any event will do, in any order."""
    lesson = reminding.locked(event.lesson_id)
    if lesson is None:
        return Cancel("The lesson was deleted, and its reminders with it.")
    return Done(reminding.plan(lesson))


@task()
def remind(reminder: int) -> Outcome:
    """Send one reminder, or publish the fact that its time has come; if the lesson is still what it was planned for."""
    lesson = reminding.locked(Reminder.objects.filter(pk=reminder).values_list("lesson_id", flat=True).first())
    row = lesson.reminders.filter(pk=reminder).first() if lesson else None
    if lesson is None or row is None:
        return Cancel("The lesson was deleted.")
    if row.state != State.PLANNED:
        return Cancel(f"It was {row.state} already.")
    because = reminding.why_not(row, lesson)
    if because is not None:
        row.settle(State.SKIPPED if because == Because.BEGUN else State.VOIDED, because)
        row.save()
        _log.info("lessons.reminder_not_sent", reminder_id=row.id, lesson_id=lesson.id, kind=row.kind, because=because)
        return Cancel(str(because.label))
    _tell(row, lesson)
    row.settle(State.SENT)
    row.save()
    return Done({"kind": row.kind, "late_seconds": round((now() - row.due_at).total_seconds())})


def _tell(row: Reminder, lesson: Lesson) -> None:
    now_true = facts(lesson.snapshot)
    if row.role == Role.EVERYONE:
        publish((LessonStartingSoon if row.kind == Kind.STARTING_SOON else LessonFeedbackDue)(**now_true))
        return
    both = Both(lesson.student, lesson.teacher)
    write(
        row.kind,
        LessonEvent(**now_true),
        both.one(row.role),
        both,
        key=reminding.letter_key(row),
        version=lesson.version,
        not_after=None if row.kind == Kind.FEEDBACK else lesson.starts_at,
    )
