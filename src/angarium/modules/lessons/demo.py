"""Rows to look at: lessons past and to come, in several zones and every status; the account `user` is in some."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from angarium.engine.identity.public import SYSTEM, Person
from angarium.kernel.clock import now

from . import actions
from .models import Lesson, Student, Teacher

STUDENTS = (
    ("Анна Соколова", "anna.sokolova@example.org", "Europe/Moscow"),
    ("Тимур Галиев", "timur.galiev@example.org", "Asia/Yekaterinburg"),
    ("Olivia Bennett", "olivia.bennett@example.org", "Europe/London"),
    ("Мария Орлова", "maria.orlova@example.org", "Asia/Vladivostok"),
    ("Noah Carter", "noah.carter@example.org", "America/New_York"),
    ("Illia Koval", "illia.koval@example.org", "Europe/Warsaw"),
    ("Пётр Лебедев", "petr.lebedev@example.org", "Europe/Moscow"),
)
TEACHERS = (
    ("Елена Викторовна Громова", "elena.gromova@example.org", "Europe/Moscow"),
    ("Daniel Hughes", "daniel.hughes@example.org", "Europe/London"),
    ("Ирина Ким", "irina.kim@example.org", "Asia/Vladivostok"),
)
#: (title, student, teacher, days from today, hour on the lesson's own clock, minutes, what became of it)
LESSONS = (
    ("Алгебра", 0, 0, -3, 16, 60, "completed"),
    ("Геометрия", 1, 0, -2, 18, 90, "completed"),
    ("English: conditionals", 2, 1, -1, 17, 45, "no_show"),
    ("Физика, колебания", 3, 2, -1, 10, 60, "cancelled"),
    ("Алгебра", 6, 0, 0, 12, 60, "in_progress"),
    ("Business English", 4, 1, 1, 9, 60, "confirmed"),
    ("Русский как иностранный", 5, 2, 2, 19, 45, "rescheduled"),
    ("Тригонометрия", 0, 0, 3, 16, 60, "planned"),
    ("Essay writing", 2, 1, 5, 18, 90, "planned"),
    ("Подготовка к олимпиаде", 1, 2, 8, 15, 120, "planned"),
)


def make() -> None:
    """Enter them through the actions, in the caller's transaction, so that their events are told as any others."""
    user = Person.objects.filter(username="user").values_list("id", flat=True).first()
    students = [_student(number, user if number == 0 else None) for number in range(len(STUDENTS))]
    teachers = [_teacher(number, user if number == 2 else None) for number in range(len(TEACHERS))]
    for title, student, teacher, days, hour, minutes, status in LESSONS:
        zone = students[student].timezone
        lesson = actions.plan_lesson(
            by=SYSTEM,
            title=title,
            student_id=students[student].id,
            teacher_id=teachers[teacher].id,
            starts_at=_start(zone, days, hour),
            timezone=zone,
            duration_minutes=minutes,
        )
        _bring_to(lesson, status)


def _student(number: int, person: UUID | None) -> Student:
    name, email, timezone = STUDENTS[number]
    return actions.add_student(by=SYSTEM, name=name, email=email, timezone=timezone, person=person)


def _teacher(number: int, person: UUID | None) -> Teacher:
    name, email, timezone = TEACHERS[number]
    return actions.add_teacher(by=SYSTEM, name=name, email=email, timezone=timezone, person=person)


def _start(zone: str, days: int, hour: int) -> datetime:
    """A time of day in a zone, so many days from today there. Aware, so that no change of clocks is in the way."""
    local = now().astimezone(ZoneInfo(zone)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return local + timedelta(days=days)


def _bring_to(lesson: Lesson, status: str) -> None:
    match status:
        case "completed":
            actions.complete_lesson(lesson.id, by=SYSTEM)
        case "confirmed":
            actions.confirm_lesson(lesson.id, by=SYSTEM)
        case "in_progress":
            actions.start_lesson(lesson.id, by=SYSTEM)
        case "no_show":
            actions.mark_no_show(lesson.id, by=SYSTEM)
        case "cancelled":
            actions.cancel_lesson(lesson.id, by=SYSTEM, because="Student ill")
        case "rescheduled":
            actions.reschedule_lesson(lesson.id, by=SYSTEM, starts_at=lesson.starts_at + timedelta(days=1))
