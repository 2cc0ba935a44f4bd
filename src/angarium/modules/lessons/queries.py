"""Reads and locks, each through what the asking principal may see."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import AngariumError, Stale

from .errors import NoLesson, NoStudent, NoTeacher, NotYours
from .models import LONGEST_MINUTES, Lesson, Reminder, Student, Teacher
from .reminders import Role

M = TypeVar("M", bound=Model)


def writes_all(by: Principal) -> bool:
    """May this principal change everything here? Staff and services, within their scopes, and the open form."""
    return by.is_open or (by.is_staff and by.may("lessons:write"))


def may_change(by: Principal, lesson: Lesson) -> bool:
    """May this principal edit and move this lesson? Who may change all of them, and its teacher."""
    return writes_all(by) or (by.id is not None and lesson.teacher.person == by.id and by.may("lessons:write"))


def reads_all(by: Principal) -> bool:
    return writes_all(by) or (by.is_staff and by.may("lessons:read"))


def may_read_lessons(by: Principal) -> bool:
    """May this principal read lessons at all? Which ones is another question."""
    return by.may("lessons:read") or by.may("lessons:write")


def lessons_seen_by(by: Principal) -> QuerySet[Lesson]:
    """The lessons this principal may see: all of them, or those where it is the student or the teacher."""
    lessons = Lesson.objects.select_related("student", "teacher")
    return lessons if reads_all(by) else lessons.filter(_self(by, "student__") | _self(by, "teacher__"))


def lesson_seen_by(by: Principal, id: int) -> Lesson:
    """One lesson with its student and teacher. NoLesson when it is not there or not for this principal."""
    return _only(lessons_seen_by(by), id, NoLesson)


def find_lessons(
    by: Principal,
    *,
    status: str = "",
    student_id: int | None = None,
    teacher_id: int | None = None,
    q: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Lesson]:
    """The lessons seen by this principal that fit every filter given.

    `q` is a part of the title or of the student's or the teacher's name, upper and lower case alike. `since` and
    `until` bound the start: from `since` on, before `until`.
    """
    lessons = lessons_seen_by(by)
    if status:
        lessons = lessons.filter(status=status)
    if student_id is not None:
        lessons = lessons.filter(student_id=student_id)
    if teacher_id is not None:
        lessons = lessons.filter(teacher_id=teacher_id)
    if since is not None:
        lessons = lessons.filter(starts_at__gte=since)
    if until is not None:
        lessons = lessons.filter(starts_at__lt=until)
    if q:
        lessons = lessons.filter(lesson_matches(q))
    return lessons


def lessons_between(by: Principal, first: datetime, last: datetime, *, most: int, **filters: Any) -> list[Lesson]:
    """The first `most` lessons that take some of this time, by start; also those that began before it."""
    reach = first - timedelta(minutes=LONGEST_MINUTES)
    found = find_lessons(by, since=reach, until=last, **filters).order_by("starts_at", "id")
    return [lesson for lesson in found[:most] if lesson.ends_at > first]


def reminders_of(lesson: Lesson) -> list[Reminder]:
    """The lesson's reminders as they come due, each with the `name` of whom it tells. Three queries at most."""
    rows = list(lesson.reminders.all())
    names = {
        role: dict(model._default_manager.filter(pk__in=[row.participant for row in rows]).values_list("pk", "name"))
        for role, model in ((Role.STUDENT, Student), (Role.TEACHER, Teacher))
        if rows
    }
    for row in rows:
        row.name = names.get(Role(row.role), {}).get(row.participant, "")
    return rows


def lesson_matches(q: str) -> Q:
    """Lessons with this text in the title or in a name, in upper or lower case."""
    return _part("title", q) | _part("student__name", q) | _part("teacher__name", q)


def participant_matches(q: str) -> Q:
    """Students or teachers with this text in the name or the address, in upper or lower case."""
    return _part("name", q) | _part("email", q)


def latest_first(lessons: QuerySet[Lesson], after: int | None = None) -> QuerySet[Lesson]:
    """By start, the latest first; of what follows the lesson `after`, while it is still there."""
    if after and (start := Lesson.objects.filter(id=after).values_list("starts_at", flat=True).first()):
        lessons = lessons.filter(Q(starts_at__lt=start) | Q(starts_at=start, id__lt=after))
    return lessons.order_by("-starts_at", "-id")


def lesson_for_update(id: int) -> Lesson:
    """The lesson, locked until the transaction ends. NoLesson when there is none."""
    return _only(Lesson.objects.select_for_update(of=("self",)).select_related("student", "teacher"), id, NoLesson)


def access_lesson_for_update(id: int, by: Principal, expected_version: int | None = None) -> Lesson:
    """The lesson, locked, for somebody who may change it: who may change all, or its teacher.

    NoLesson when it is not for this principal to see, NotYours when it may only look, Stale when the lesson has
    another version than the one expected.
    """
    lesson = lesson_for_update(id)
    if not may_change(by, lesson):
        raise NotYours if lessons_seen_by(by).filter(pk=id).exists() else NoLesson
    if expected_version is not None and expected_version != lesson.version:
        raise Stale(current=lesson.version, given=expected_version)
    return lesson


def students_seen_by(by: Principal) -> QuerySet[Student]:
    """All students, or oneself and those whom one teaches."""
    if reads_all(by):
        return Student.objects.all()
    return Student.objects.filter(_self(by) | Q(id__in=_lessons_of("teacher", by).values("student_id")))


def teachers_seen_by(by: Principal) -> QuerySet[Teacher]:
    """All teachers, or oneself and those by whom one is taught."""
    if reads_all(by):
        return Teacher.objects.all()
    return Teacher.objects.filter(_self(by) | Q(id__in=_lessons_of("student", by).values("teacher_id")))


def student_seen_by(by: Principal, id: int) -> Student:
    """NoStudent when there is none or it is not for this principal."""
    return _only(students_seen_by(by), id, NoStudent)


def teacher_seen_by(by: Principal, id: int) -> Teacher:
    """NoTeacher when there is none or it is not for this principal."""
    return _only(teachers_seen_by(by), id, NoTeacher)


def _self(by: Principal, who: str = "") -> Q:
    """The rows of participants that sign in as this principal and let it read; none for nobody."""
    return Q(**{f"{who}person": by.id}) if by.id and may_read_lessons(by) else Q(pk__in=[])


def _lessons_of(role: str, by: Principal) -> QuerySet[Lesson]:
    return Lesson.objects.filter(_self(by, f"{role}__"))


def _only(rows: QuerySet[M], id: int, refusal: type[AngariumError]) -> M:
    row = rows.filter(pk=id).first()
    if row is None:
        raise refusal
    return row


def _part(field: str, text: str) -> Q:
    """A part of a text in any case. SQLite's own LIKE folds ASCII only, its REGEXP is Python's and folds all."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__iregex": re.escape(text)})
    return Q(**{f"{field}__icontains": text})
