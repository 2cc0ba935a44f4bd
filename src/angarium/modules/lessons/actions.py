"""Writes: one verb is one function is one transaction. Every one of them says who is acting (`by`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypedDict, TypeVar, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Invalid

from . import moments
from .errors import EmailTaken, HasLessons, LessonConflict, NotYours, PersonTaken, UnknownParticipant
from .lifecycle import Status
from .models import Lesson, Student, Teacher, instant
from .queries import access_lesson_for_update, lessons_seen_by, student_seen_by, teacher_seen_by, writes_all

P = TypeVar("P", Student, Teacher)


class LessonChanges(TypedDict, total=False):
    """What of a lesson can be edited; what is left out stays."""

    title: str
    student_id: int
    teacher_id: int
    starts_at: datetime
    timezone: str
    duration_minutes: int


class ParticipantChanges(TypedDict, total=False):
    """What of a student or a teacher can be edited; what is left out stays."""

    name: str
    email: str
    timezone: str
    person: UUID | None


def plan_lesson(
    *,
    by: Principal,
    title: str,
    student_id: int,
    teacher_id: int,
    starts_at: datetime,
    timezone: str = "UTC",
    duration_minutes: int = 60,
) -> Lesson:
    """Enter a lesson to be held. A `starts_at` without an offset is the wall clock of `timezone`.

    Invalid names the field that does not fit, UnknownParticipant a student or teacher that is not there,
    LessonConflict the one who has another lesson then.
    """
    if not writes_all(by):
        raise NotYours(_("Only staff may plan lessons."))
    with _naming_conflicts(by), transaction.atomic():
        lesson = Lesson(title=title.strip(), timezone=timezone, duration_minutes=duration_minutes)
        lesson.student, lesson.teacher = _known(Student, student_id), _known(Teacher, teacher_id)
        _clean(lesson, besides={"student", "teacher", "starts_at"})
        lesson.starts_at = instant(starts_at, timezone)
        lesson.save()
    return lesson


def edit_lesson(
    id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[LessonChanges]
) -> Lesson:
    """Change a lesson. Another start is a rescheduling and legal only where that is; what changes nothing writes
    nothing. A teacher may edit own lessons but not hand them to others. Stale when it has another version,
    LessonConflict when somebody has another lesson then."""
    with _naming_conflicts(by), transaction.atomic():
        lesson = access_lesson_for_update(id, by, expected_version)
        before = model_to_dict(lesson)
        _assign(lesson, by, changes)
        lesson.title = changes.get("title", lesson.title).strip()
        lesson.duration_minutes = changes.get("duration_minutes", lesson.duration_minutes)
        lesson.timezone = changes.get("timezone", lesson.timezone)
        _clean(lesson, besides={"student", "teacher", "starts_at"})
        start = instant(changes.get("starts_at", lesson.starts_at), lesson.timezone)
        if start != lesson.starts_at:
            lesson.move_start(start)
        if model_to_dict(lesson) != before:
            lesson.save()
    return lesson


def reschedule_lesson(
    id: int, *, by: Principal, starts_at: datetime, timezone: str | None = None, expected_version: int | None = None
) -> Lesson:
    """Give a lesson another start, and another zone if one is named. SameTime when it is the start it has,
    LessonConflict when somebody has another lesson then."""
    with _naming_conflicts(by), transaction.atomic():
        lesson = access_lesson_for_update(id, by, expected_version)
        lesson.timezone = lesson.timezone if timezone is None else timezone
        _clean(lesson, besides={"student", "teacher", "starts_at"})
        lesson.move_start(instant(starts_at, lesson.timezone))
        lesson.save()
    return lesson


def confirm_lesson(id: int, *, by: Principal, expected_version: int | None = None) -> Lesson:
    """The time is agreed on."""
    return _move(id, lambda lesson: lesson.move(Status.CONFIRMED), by, expected_version)


def start_lesson(id: int, *, by: Principal, expected_version: int | None = None) -> Lesson:
    """The lesson begins. IllegalMove for a completed one: that is reopened."""
    return _move(id, Lesson.start, by, expected_version)


def complete_lesson(id: int, *, by: Principal, expected_version: int | None = None) -> Lesson:
    """The lesson was held; its student is told. IllegalMove when it already is, or cannot be, completed."""
    return _move(id, lambda lesson: lesson.move(Status.COMPLETED), by, expected_version)


def reopen_lesson(id: int, *, by: Principal, expected_version: int | None = None) -> Lesson:
    """Take a completed lesson up again. Completed once more, its student is told once more."""
    return _move(id, Lesson.reopen, by, expected_version)


def cancel_lesson(id: int, *, by: Principal, because: str = "", expected_version: int | None = None) -> Lesson:
    """The lesson will not be held, for the reason given. This is final."""
    return _move(id, lambda lesson: lesson.cancel(because.strip()), by, expected_version)


def mark_no_show(id: int, *, by: Principal, expected_version: int | None = None) -> Lesson:
    """The student did not come."""
    return _move(id, lambda lesson: lesson.move(Status.NO_SHOW), by, expected_version)


def delete_lesson(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Remove the row; its events stay in the log. Only for who may change everything."""
    with transaction.atomic():
        lesson = access_lesson_for_update(id, by, expected_version)
        if not writes_all(by):
            raise NotYours(_("Only staff may delete lessons; you may cancel this one."))
        lesson.delete()


def add_student(*, by: Principal, name: str, email: str, timezone: str = "UTC", person: UUID | None = None) -> Student:
    """Enter a student. EmailTaken and PersonTaken when another student has this address or person."""
    return _add(Student(name=name.strip(), email=email.strip(), timezone=timezone, person=person), by)


def edit_student(id: int, *, by: Principal, **changes: Unpack[ParticipantChanges]) -> Student:
    """Change a student. NoStudent, NotYours, EmailTaken, PersonTaken, Invalid."""
    return _edit(student_seen_by(by, id), by, changes)


def delete_student(id: int, *, by: Principal) -> None:
    """Remove a student without lessons; HasLessons otherwise."""
    _delete(student_seen_by(by, id), by)


def add_teacher(*, by: Principal, name: str, email: str, timezone: str = "UTC", person: UUID | None = None) -> Teacher:
    """Enter a teacher. EmailTaken and PersonTaken when another teacher has this address or person."""
    return _add(Teacher(name=name.strip(), email=email.strip(), timezone=timezone, person=person), by)


def edit_teacher(id: int, *, by: Principal, **changes: Unpack[ParticipantChanges]) -> Teacher:
    """Change a teacher. NoTeacher, NotYours, EmailTaken, PersonTaken, Invalid."""
    return _edit(teacher_seen_by(by, id), by, changes)


def delete_teacher(id: int, *, by: Principal) -> None:
    """Remove a teacher without lessons; HasLessons otherwise."""
    _delete(teacher_seen_by(by, id), by)


def _move(id: int, move: Callable[[Lesson], None], by: Principal, expected_version: int | None) -> Lesson:
    with transaction.atomic():
        lesson = access_lesson_for_update(id, by, expected_version)
        move(lesson)
        _clean(lesson, besides={"student", "teacher"})
        lesson.save()
    return lesson


@contextmanager
def _naming_conflicts(by: Principal) -> Iterator[None]:
    """A refusal for another lesson names that lesson to those who may see it, to others only its time."""
    try:
        yield
    except LessonConflict as refusal:
        other = lessons_seen_by(by).filter(pk=refusal.other).first()
        if other is None:
            raise
        name = other.student.name if refusal.field == "student_id" else other.teacher.name
        when = moments.span(other.starts_at, other.duration_minutes, reader=other.timezone, lesson=other.timezone)
        sentence = _("%(name)s already has the lesson “%(title)s” then: %(when)s (%(zone)s).")
        words = {"name": name, "title": other.title, "when": when, "zone": other.timezone}
        details = {**refusal.details, "lesson": other.pk}
        raise LessonConflict(sentence % words, other=other.pk, field=refusal.field, **details) from None


def _assign(lesson: Lesson, by: Principal, changes: LessonChanges) -> None:
    """Another student or teacher, if one is named."""
    student_id = changes.get("student_id", lesson.student_id)
    teacher_id = changes.get("teacher_id", lesson.teacher_id)
    if (student_id, teacher_id) == (lesson.student_id, lesson.teacher_id):
        return
    if not writes_all(by):
        raise NotYours(_("Only staff may give a lesson to another student or teacher."))
    lesson.student, lesson.teacher = _known(Student, student_id), _known(Teacher, teacher_id)


def _known(model: type[P], id: int) -> P:
    """The participant, kept from being deleted until the transaction ends."""
    row: P | None = model._default_manager.select_for_update(no_key=True).filter(pk=id).first()
    if row is None:
        field = f"{model._meta.model_name}_id"
        raise UnknownParticipant(
            _("There is no %(what)s %(id)s.") % {"what": model._meta.verbose_name, "id": id}, field=field
        )
    return row


def _add(row: P, by: Principal) -> P:
    if not writes_all(by):
        raise NotYours(_("Only staff may enter students and teachers."))
    _clean(row)
    _save(row)
    return row


def _edit(row: P, by: Principal, changes: ParticipantChanges) -> P:
    if not writes_all(by):
        raise NotYours
    with transaction.atomic():
        row = _known(type(row), row.pk)
        for name, value in changes.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _clean(row)
        _save(row)
    return row


def _delete(row: P, by: Principal) -> None:
    if not writes_all(by):
        raise NotYours
    with transaction.atomic():
        row = _known(type(row), row.pk)
        if row.lessons.exists():
            raise HasLessons(count=row.lessons.count())
        row.delete()


def _save(row: Student | Teacher) -> None:
    """Save, and say which of the unique columns another row already has."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        others = type(row)._default_manager.exclude(pk=row.pk)
        if others.filter(email__iexact=row.email).exists():
            raise EmailTaken(field="email") from None
        if row.person and others.filter(person=row.person).exists():
            raise PersonTaken(field="person") from None
        raise


def _clean(row: models.Model, *, besides: Collection[str] = ()) -> None:
    """Check the columns against their own rules. Invalid with every field that does not fit."""
    try:
        row.clean_fields(exclude=besides)
    except ValidationError as error:
        errors = [{"field": name, "detail": text} for name, texts in error.message_dict.items() for text in texts]
        raise Invalid(errors[0]["detail"], field=errors[0]["field"], errors=errors) from None
