"""Lessons as one can follow them: each event with what it made of the lesson."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models.signals import post_save
from django.dispatch import receiver

from angarium.contracts import lessons as told
from angarium.contracts.event import Event, dump
from angarium.engine.live.public import Topic, rights_changed, topic

from .models import Lesson, Student, Teacher
from .queries import may_read_lessons, reads_all

CARRIED = ("title", "student_id", "teacher_id", "starts_at", "timezone", "duration_minutes", "status")


def audience(id: str) -> set[UUID]:
    """The people whose lesson this is."""
    if not (id.isascii() and id.isdigit() and len(id) < 19):
        return set()
    found = Lesson.objects.filter(pk=int(id)).values_list("student__person", "teacher__person")
    return {person for pair in found for person in pair if person is not None}


def data(fact: Event) -> dict[str, Any]:
    """What the lesson is after this fact."""
    assert isinstance(fact, told.LessonEvent)
    facts = dump(fact)
    return {"id": fact.lesson_id, **{name: facts[name] for name in CARRIED if facts[name] != ""}}


def concerned(fact: Event) -> set[UUID]:
    """The people whose lesson it was until this fact, by which it was deleted or somebody else has it."""
    assert isinstance(fact, told.LessonEvent)
    students, teachers = {fact.student_id}, {fact.teacher_id}
    if isinstance(fact, told.LessonUpdated):
        students.add(fact.old_student_id or fact.student_id)
        teachers.add(fact.old_teacher_id or fact.teacher_id)
    pairs = ((Student, students), (Teacher, teachers))
    found = {
        one
        for model, ids in pairs
        for one in model._default_manager.filter(pk__in=ids).values_list("person", flat=True)
    }
    return {person for person in found if person is not None}


LESSONS = topic(
    Topic(
        name="lesson",
        module="lessons",
        subject="lessons.lesson",
        reads_all=reads_all,
        reads=may_read_lessons,
        audience=audience,
        data=data,
        concerned=concerned,
    )
)


@receiver(post_save, sender=Student)
@receiver(post_save, sender=Teacher)
def somebody_signs_in_as_them(instance: Student | Teacher, created: bool, raw: bool = False, **_: Any) -> None:
    """Who signs in as a student or teacher reads their lessons; somebody else may have before."""
    if not raw and not (created and instance.person is None):
        rights_changed()
        if instance.person is not None:
            rights_changed(instance.person)
