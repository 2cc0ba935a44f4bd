"""What is done to lessons, and what one would load of them: for tests/live, which holds frames against snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from angarium.engine.identity.public import Principal
from angarium.modules.lessons import actions
from angarium.modules.lessons.live import CARRIED
from angarium.modules.lessons.models import Lesson, Student, Teacher
from angarium.modules.lessons.queries import lessons_seen_by

Deed = Callable[[], object]
ANN = UUID(int=7)
STAFF = Principal("service", UUID(int=1), "staff", "staff", frozenset({"*"}))
NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)


def snapshot(principal: Principal) -> dict[str, dict[str, Any]]:
    columns = ("id", *CARRIED)
    return {f"lesson:{row['id']}": row for row in lessons_seen_by(principal).values(*columns)}


def ann() -> Student:
    return Student.objects.get_or_create(name="Анна", email="anna@example.org", person=ANN)[0]


def boris() -> Student:
    return Student.objects.get_or_create(name="Борис", email="boris@example.org")[0]


def teacher() -> Teacher:
    return Teacher.objects.get_or_create(name="Елена", email="elena@example.org")[0]


def lesson(student: Student | None = None, hours: int = 0, **values: Any) -> Lesson:
    return Lesson.objects.create(
        **{
            "title": "Алгебра",
            "student": student or ann(),
            "teacher": teacher(),
            "starts_at": NOON + timedelta(hours=hours),
            "timezone": "Europe/Moscow",
            **values,
        }
    )


def on(action: Callable[..., object], status: str = "planned", **words: Any) -> Callable[[], Deed]:
    """Do this to a lesson in that status."""

    def prepare() -> Deed:
        lesson(boris(), hours=30)
        id = lesson(status=status).id
        return lambda: action(id, by=STAFF, **words)

    return prepare


def plan() -> Deed:
    ids = {"student_id": ann().id, "teacher_id": teacher().id}
    return lambda: actions.plan_lesson(by=STAFF, title="Геометрия", starts_at=NOON, **ids)


def hand_over() -> Deed:
    id, other = lesson().id, boris().id
    return lambda: actions.edit_lesson(id, by=STAFF, student_id=other, title="Передан", starts_at=NOON.replace(hour=9))


def take_over() -> Deed:
    id, mine = lesson(boris()).id, ann().id
    return lambda: actions.edit_lesson(id, by=STAFF, student_id=mine)


def bulk() -> Deed:
    ids = [lesson(hours=hour).id for hour in (0, 3, 6)]
    return lambda: Lesson.objects.filter(id__in=ids).update(status="completed")


def bulk_create() -> Deed:
    common = {"teacher": teacher(), "timezone": "UTC", "title": "Много", "status": "completed"}
    rows = [
        Lesson(student=student, starts_at=NOON + timedelta(hours=2 * number), **common)
        for number, student in enumerate((ann(), boris()))
    ]
    return lambda: Lesson.objects.bulk_create(rows)


def bulk_delete() -> Deed:
    ids = [lesson(student, hours=hour).id for hour, student in ((0, ann()), (3, boris()))]
    return lambda: Lesson.objects.filter(id__in=ids).delete()


def add(action: Callable[..., object]) -> Callable[[], Deed]:
    return lambda: lambda: action(by=STAFF, name="Пётр", email="petr@example.org")


def remove(action: Callable[..., object], model: type[Student | Teacher]) -> Callable[[], Deed]:
    def prepare() -> Deed:
        id = model.objects.create(name="Пётр", email="petr@example.org").id
        return lambda: action(id, by=STAFF)

    return prepare


def rename(action: Callable[..., object], who: Callable[[], Student | Teacher]) -> Callable[[], Deed]:
    def prepare() -> Deed:
        lesson()
        id = who().id
        return lambda: action(id, by=STAFF, name="Иначе")

    return prepare


DEEDS: dict[str, Callable[[], Deed]] = {
    "plan_lesson": plan,
    "edit_lesson": on(actions.edit_lesson, title="Другая", duration_minutes=30, timezone="UTC"),
    "edit_lesson that hands over": hand_over,
    "edit_lesson that takes over": take_over,
    "reschedule_lesson": on(actions.reschedule_lesson, starts_at=NOON.replace(hour=9), timezone="UTC"),
    "confirm_lesson": on(actions.confirm_lesson),
    "start_lesson": on(actions.start_lesson, "confirmed"),
    "complete_lesson": on(actions.complete_lesson, "in_progress"),
    "reopen_lesson": on(actions.reopen_lesson, "completed"),
    "cancel_lesson": on(actions.cancel_lesson, because="болен"),
    "mark_no_show": on(actions.mark_no_show),
    "delete_lesson": on(actions.delete_lesson),
    "update": bulk,
    "bulk_create": bulk_create,
    "delete": bulk_delete,
    "add_student": add(actions.add_student),
    "edit_student": rename(actions.edit_student, ann),
    "delete_student": remove(actions.delete_student, Student),
    "add_teacher": add(actions.add_teacher),
    "edit_teacher": rename(actions.edit_teacher, teacher),
    "delete_teacher": remove(actions.delete_teacher, Teacher),
}
