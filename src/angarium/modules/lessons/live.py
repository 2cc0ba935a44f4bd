"""Lessons as one can follow them: each event with what it made of the lesson."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from angarium.contracts import lessons as told
from angarium.contracts.event import Event, dump
from angarium.engine.identity.public import Principal
from angarium.engine.live.public import Topic, rights_changed, topic

from .models import Student, Teacher
from .queries import lessons_seen_by, may_read_lessons, reads_all

CARRIED = ("title", "student_id", "teacher_id", "starts_at", "timezone", "duration_minutes", "status")


def may_read(principal: Principal, id: str) -> bool:
    return id.isascii() and id.isdigit() and len(id) < 19 and lessons_seen_by(principal).filter(pk=int(id)).exists()


def data(fact: Event) -> dict[str, Any]:
    """What the lesson is after this fact."""
    assert isinstance(fact, told.LessonEvent)
    facts = dump(fact)
    return {"id": fact.lesson_id, **{name: facts[name] for name in CARRIED if facts[name] != ""}}


def concerns(principal: Principal, fact: Event) -> bool:
    """Was this its student or teacher until now? The lesson was deleted, or somebody else has it."""
    if principal.id is None or not may_read_lessons(principal):
        return False
    assert isinstance(fact, told.LessonEvent)
    students, teachers = {fact.student_id}, {fact.teacher_id}
    if isinstance(fact, told.LessonUpdated):
        students.add(fact.old_student_id or fact.student_id)
        teachers.add(fact.old_teacher_id or fact.teacher_id)
    mine = {"person": principal.id}
    return (
        Student.objects.filter(pk__in=students, **mine).exists()
        or Teacher.objects.filter(pk__in=teachers, **mine).exists()
    )


LESSONS = topic(
    Topic(
        name="lesson",
        module="lessons",
        subject="lessons.lesson",
        may_read=may_read,
        reads_all=reads_all,
        data=data,
        concerns=concerns,
    )
)


@receiver(post_save, sender=Student)
@receiver(post_save, sender=Teacher)
def somebody_signs_in_as_them(instance: Student | Teacher, created: bool, raw: bool = False, **_: Any) -> None:
    """Who signs in as a student or teacher reads their lessons; somebody else may have before."""
    if not raw and not (created and instance.person is None):
        rights_changed()
