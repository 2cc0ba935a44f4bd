"""What runs in a worker: the student is told that a lesson was entered, and that it was completed."""

from __future__ import annotations

from angarium.contracts.lessons import LessonCompleted, LessonCreated, LessonEvent
from angarium.engine.delivery.public import Recipient, send
from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, task

from .models import Lesson, Student

_log = get_logger(__name__)


@task(on=(LessonCreated, LessonCompleted))
def notify_student(run: Run, event: LessonEvent) -> Outcome:
    """Have the student told once for each event, whatever is tried again. Without the lesson nobody is told."""
    student = Student.objects.filter(pk=event.student_id).first()
    if student is None or not Lesson.objects.filter(pk=event.lesson_id).exists():
        _log.warning("lessons.lesson_gone", lesson_id=event.lesson_id, student_id=event.student_id, told=event.type)
        return Cancel("The lesson was deleted before its student was told.")
    delivery = send(
        to=_recipient(student),
        template="lessons/notification",
        channel="log",
        key=f"{run.claim.event_id}:student:{student.id}",
        subject=event.subject,
        context={"title": event.title, "event": event.type},
    )
    return Done({"delivery": str(delivery.id)})


def _recipient(student: Student) -> Recipient:
    return Recipient(
        kind="student", id=str(student.id), name=student.name, address=student.email, timezone=student.timezone
    )
