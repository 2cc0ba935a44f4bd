"""Nobody is in two lessons at once, whichever way the lessons are written, and however many at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import serializers

from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM, Principal, Role
from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person
from angarium.modules.lessons import actions
from angarium.modules.lessons.errors import LessonConflict
from angarium.modules.lessons.models import Lesson, Student, Teacher

from .conftest import NOON, Told, at

Values = dict[str, Any]
pytestmark = pytest.mark.django_db


def a_student(name: str = "Б") -> Student:
    return Student.objects.create(name=name, email=f"{uuid4()}@example.org")


def a_teacher(name: str = "Т") -> Teacher:
    return Teacher.objects.create(name=name, email=f"{uuid4()}@example.org")


def later(minutes: int) -> Values:
    return {"starts_at": NOON + timedelta(minutes=minutes)}


@pytest.mark.parametrize("minutes", [-59, -1, 0, 1, 30, 59])
@pytest.mark.parametrize("whose", ["student", "teacher"])
def test_les_b5_an_overlap_is_refused_for_student_and_teacher(
    values: Values, lesson: Lesson, told: Told, minutes: int, whose: str
) -> None:
    other = {"student": {"teacher": a_teacher()}, "teacher": {"student": a_student()}}[whose]
    with pytest.raises(LessonConflict) as refusal:
        Lesson.objects.create(**values | later(minutes) | other)
    assert (refusal.value.field, refusal.value.other) == (f"{whose}_id", lesson.id)
    assert refusal.value.details == {"starts_at": "2030-03-04T12:00:00Z", "ends_at": "2030-03-04T13:00:00Z"}
    assert (Lesson.objects.count(), told()) == (1, [])


@pytest.mark.parametrize("minutes", [-60, 60])
def test_les_b5_ends_may_touch(values: Values, lesson: Lesson, minutes: int) -> None:
    assert Lesson.objects.create(**values | later(minutes)).pk


def test_les_b5_others_may_have_lessons_then(values: Values, lesson: Lesson) -> None:
    assert Lesson.objects.create(**values | {"student": a_student(), "teacher": a_teacher()}).pk


@pytest.mark.parametrize(
    ("status", "free"),
    [
        *((status, False) for status in ("planned", "confirmed", "in_progress", "completed")),
        *((status, True) for status in ("cancelled", "no_show")),
    ],
)
def test_les_b5_what_is_cancelled_or_was_missed_takes_no_time(values: Values, status: str, free: bool) -> None:
    Lesson.objects.create(**values, status=status)
    if free:
        assert Lesson.objects.create(**values).pk
    else:
        with pytest.raises(LessonConflict):
            Lesson.objects.create(**values)


WAYS: dict[str, Callable[[Values, Lesson], Any]] = {
    "save": lambda values, moved: _with(moved, NOON).save(),
    "update": lambda values, moved: Lesson.objects.filter(pk=moved.pk).update(starts_at=NOON, status="rescheduled"),
    "bulk_update": lambda values, moved: Lesson.objects.bulk_update([_with(moved, NOON)], ["starts_at", "status"]),
    "bulk_create": lambda values, moved: Lesson.objects.bulk_create([Lesson(**values | at(9)), Lesson(**values)]),
    "together": lambda values, moved: Lesson.objects.bulk_create(
        [Lesson(**values | at(20)), Lesson(**values | at(20))]
    ),
    "longer": lambda values, moved: Lesson.objects.exclude(pk=moved.pk).update(duration_minutes=5 * 60 + 1),
    "related": lambda values, moved: values["student"].lessons.create(
        title="А", teacher=values["teacher"], starts_at=NOON
    ),
    "action": lambda values, moved: actions.reschedule_lesson(moved.pk, by=SYSTEM, starts_at=NOON),
}


def _with(lesson: Lesson, start: Any) -> Lesson:
    lesson.starts_at, lesson.status = start, "rescheduled"
    return lesson


@pytest.mark.parametrize("way", WAYS)
def test_les_b5_every_way_of_writing_refuses_it(values: Values, lesson: Lesson, told: Told, way: str) -> None:
    moved = Lesson.objects.create(**values | at(5))
    before, known = list(Lesson.objects.order_by("id").values()), told()
    with pytest.raises(LessonConflict):
        WAYS[way](values, moved)
    assert list(Lesson.objects.order_by("id").values()) == before
    assert told() == known


def test_les_b5_two_lessons_may_change_places_in_one_write(values: Values, lesson: Lesson) -> None:
    second = Lesson.objects.create(**values | at(5))
    Lesson.objects.bulk_update([_with(lesson, second.starts_at), _with(second, NOON)], ["starts_at", "status"])
    assert list(Lesson.objects.order_by("starts_at").values_list("id", flat=True)) == [second.id, lesson.id]


@pytest.fixture
def overlapping(values: Values, lesson: Lesson) -> Lesson:
    """A lesson that has overlapped another one since before there was this rule."""
    old = Lesson(pk=lesson.pk + 1, **values | later(30))
    text = serializers.serialize("json", [old])
    for row in serializers.deserialize("json", text):
        row.save()
    return Lesson.objects.get(pk=old.pk)


def test_les_b5_what_overlapped_before_can_be_held_edited_and_moved_apart(overlapping: Lesson, lesson: Lesson) -> None:
    actions.edit_lesson(overlapping.pk, by=SYSTEM, title="Б", duration_minutes=45)
    actions.complete_lesson(lesson.pk, by=SYSTEM)
    actions.reschedule_lesson(overlapping.pk, by=SYSTEM, starts_at=NOON + timedelta(minutes=45))
    actions.reschedule_lesson(overlapping.pk, by=SYSTEM, starts_at=NOON + timedelta(hours=1))
    with pytest.raises(LessonConflict):
        actions.reschedule_lesson(overlapping.pk, by=SYSTEM, starts_at=NOON + timedelta(minutes=59))


def test_les_b5_over_http_it_is_409_with_the_other_lesson_its_time_and_the_field(lesson: Lesson) -> None:
    body = {"title": "Б", "student_id": lesson.student_id, "teacher_id": a_teacher().id}
    answer = client_with_token("*").post(
        "/api/lessons/lessons/", body | {"starts_at": "2030-03-04T12:30:00Z"}, content_type="application/json"
    )
    said = answer.json()
    assert (answer.status_code, answer["Content-Type"], said["code"]) == (
        409,
        "application/problem+json",
        "lesson_conflict",
    )
    assert (said["field"], said["lesson"], said["starts_at"]) == ("student_id", lesson.id, "2030-03-04T12:00:00Z")
    assert said["detail"] == (
        "Анна already has the lesson “Алгебра” then: Monday, 4 March 2030, 15:00–16:00 (Europe/Moscow)."
    )


def test_les_b5_who_may_not_see_the_other_lesson_hears_its_time_alone(values: Values, lesson: Lesson) -> None:
    person = uuid4()
    mine = a_teacher("Ольга")
    Teacher.objects.filter(pk=mine.pk).update(person=person)
    own = Lesson.objects.create(**values | at(5) | {"teacher": mine})
    by = Principal("person", person, "Ольга", "member", frozenset({"*"}))
    with pytest.raises(LessonConflict) as refusal:
        actions.reschedule_lesson(own.pk, by=by, starts_at=NOON)
    assert refusal.value.message == (
        "Анна already has another lesson then: Monday, 4 March 2030, 15:00–16:00 (Europe/Moscow)."
    )
    assert "lesson" not in refusal.value.details


def test_les_b5_the_form_says_it_beside_the_field(lesson: Lesson) -> None:
    sent = {
        "title": "Б",
        "student_id": lesson.student_id,
        "teacher_id": a_teacher().id,
        "starts_at": "2030-03-04T15:30",
        "timezone": "Europe/Moscow",
        "duration_minutes": 30,
    }
    staff = client_signed_in(make_person(role=Role.STAFF, password=None))
    answer = staff.post("/app/lessons/new/", sent)
    assert answer.status_code == 422
    assert 'id="id_student_id_error"' in answer.content.decode()
    assert Lesson.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whose", ["student", "teacher"])
def test_les_b5_of_twenty_at_once_one_is_written(values: Values, whose: str) -> None:
    others = [a_teacher(str(n)) if whose == "student" else a_student(str(n)) for n in range(20)]
    free = "teacher" if whose == "student" else "student"

    def plan(number: int) -> Callable[[], Any]:
        words = values | later(number) | {free: others[number]}
        return lambda: Lesson.objects.create(**words)

    answers = together(*(plan(number) for number in range(20)))
    assert [type(one) for one in answers if not isinstance(one, Lesson)] == [LessonConflict] * 19
    assert Lesson.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_les_b5_twenty_that_are_moved_to_one_time_at_once_do_not_meet(values: Values) -> None:
    made = [Lesson.objects.create(**values | at(number + 1)) for number in range(20)]
    calls = [lambda id=one.pk: actions.reschedule_lesson(id, by=SYSTEM, starts_at=NOON) for one in made]
    answers = together(*calls)
    assert sum(isinstance(one, Lesson) for one in answers) == 1
    assert {type(one) for one in answers} == {Lesson, LessonConflict}
    assert Lesson.objects.filter(starts_at=NOON).count() == 1
