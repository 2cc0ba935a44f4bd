"""The verbs: who may do what, what is refused and in which words, and that a refusal writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.public import NOBODY, SYSTEM, Principal
from angarium.kernel.errors import AngariumError, Forbidden, Invalid, Missing, Stale
from angarium.kernel.transitions import IllegalMove
from angarium.modules.lessons import actions
from angarium.modules.lessons.errors import (
    BadTime,
    EmailTaken,
    HasLessons,
    NoLesson,
    NotYours,
    PersonTaken,
    SameTime,
    UnknownParticipant,
)
from angarium.modules.lessons.lifecycle import Status
from angarium.modules.lessons.models import Lesson, Student, Teacher
from angarium.modules.lessons.queries import find_lessons, lessons_seen_by, students_seen_by, teachers_seen_by

from .conftest import NOON, Told, at

ALL = frozenset({"*"})
STAFF = Principal("person", uuid4(), "Staff", "staff", ALL)
OPEN = Principal("person", uuid4(), "user", "member", ALL, is_open=True)
WRITER = Principal("service", uuid4(), "crm", "staff", frozenset({"lessons:write"}))
READER = Principal("service", uuid4(), "report", "staff", frozenset({"lessons:read"}))
STRANGER = Principal("service", uuid4(), "other", "staff", frozenset({"mailings:write"}))
MEMBER = Principal("person", uuid4(), "Member", "member", ALL)
Verb = Callable[..., Any]
VERBS: dict[str, Verb] = {
    "confirm": actions.confirm_lesson,
    "start": actions.start_lesson,
    "complete": actions.complete_lesson,
    "cancel": actions.cancel_lesson,
    "no_show": actions.mark_no_show,
    "edit": lambda id, by: actions.edit_lesson(id, by=by, title="Б"),
    "reschedule": lambda id, by: actions.reschedule_lesson(id, by=by, starts_at=NOON + timedelta(days=1)),
}


def signs_in(row: Student | Teacher, *scopes: str) -> Principal:
    """The principal of a person who is this student or teacher."""
    row.person = row.person or uuid4()
    row.save()
    return Principal("person", row.person, row.name, "member", frozenset(scopes or ALL))


def plan(values: dict[str, Any], by: Principal = STAFF, **changes: Any) -> Lesson:
    words = {
        "title": "Алгебра",
        "student_id": values["student"].id,
        "teacher_id": values["teacher"].id,
        "starts_at": NOON,
        "timezone": "Europe/Moscow",
    }
    return actions.plan_lesson(by=by, **{**words, **changes})


@pytest.mark.parametrize("by", [STAFF, SYSTEM, WRITER, OPEN], ids=str)
def test_who_may_write_all_plans_a_lesson(values: dict[str, Any], told: Told, by: Principal) -> None:
    lesson = plan(values, by, title="  Алгебра ")
    lesson.refresh_from_db()
    assert (lesson.title, lesson.status, lesson.version, lesson.duration_minutes) == ("Алгебра", "planned", 1, 60)
    assert told() == ["created"]


@pytest.mark.parametrize("by", [READER, MEMBER, NOBODY, STRANGER], ids=str)
def test_others_may_not_plan(values: dict[str, Any], told: Told, by: Principal) -> None:
    with pytest.raises(NotYours):
        plan(values, by)
    assert told() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \t "}, "title"),
        ({"title": "А" * 256}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": "a\u2028b"}, "title"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": 1441}, "duration_minutes"),
        ({"student_id": 10**6}, "student_id"),
        ({"teacher_id": 10**30}, "teacher_id"),
        ({"starts_at": datetime(1969, 12, 31, tzinfo=UTC)}, "starts_at"),
        ({"starts_at": datetime(9999, 1, 1, tzinfo=UTC)}, "starts_at"),
    ],
)
def test_les_01_what_does_not_fit_is_refused_by_its_field(
    values: dict[str, Any], told: Told, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(values, **wrong)
    assert refusal.value.field == field
    assert told() == []
    assert not Lesson.objects.exists()


def test_an_unknown_participant_is_named(values: dict[str, Any]) -> None:
    with pytest.raises(UnknownParticipant, match="There is no student 4242"):
        plan(values, student_id=4242)


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2030-07-01T10:00", "Europe/Berlin", "2030-07-01T08:00"),
        ("2030-01-01T10:00", "Europe/Berlin", "2030-01-01T09:00"),
        ("2030-01-01T10:00", "Asia/Kolkata", "2030-01-01T04:30"),
        ("2030-10-27T01:59", "Europe/Berlin", "2030-10-26T23:59"),
        ("2030-10-27T03:00", "Europe/Berlin", "2030-10-27T02:00"),
    ],
)
def test_a_time_without_an_offset_is_the_wall_clock_of_the_zone(
    values: dict[str, Any], local: str, zone: str, utc: str
) -> None:
    lesson = plan(values, starts_at=datetime.fromisoformat(local), timezone=zone)
    assert lesson.starts_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone", "because"),
    [
        ("2030-03-31T02:30", "Europe/Berlin", "does not exist in Europe/Berlin"),
        ("2030-10-27T02:30", "Europe/Berlin", "happens twice in Europe/Berlin"),
        ("2030-03-10T02:00", "America/New_York", "does not exist in America/New_York"),
        ("2030-11-03T01:00", "America/New_York", "happens twice in America/New_York"),
    ],
)
def test_a_time_that_the_clock_skips_or_shows_twice_is_refused(
    values: dict[str, Any], told: Told, local: str, zone: str, because: str
) -> None:
    with pytest.raises(BadTime, match=because) as refusal:
        plan(values, starts_at=datetime.fromisoformat(local), timezone=zone)
    assert refusal.value.field == "starts_at"
    assert told() == []


def test_an_offset_says_which_of_two_equal_times_is_meant(values: dict[str, Any]) -> None:
    lesson = plan(values, starts_at=datetime.fromisoformat("2030-10-27T02:30+01:00"), timezone="Europe/Berlin")
    assert lesson.starts_at == datetime(2030, 10, 27, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("by", [STAFF, SYSTEM, WRITER, OPEN], ids=str)
def test_who_may_write_all_may_do_every_verb(lesson: Lesson, verb: str, by: Principal) -> None:
    assert VERBS[verb](lesson.id, by=by).version == 2


@pytest.mark.parametrize("verb", VERBS)
def test_a_teacher_may_move_and_edit_own_lessons(lesson: Lesson, verb: str) -> None:
    assert VERBS[verb](lesson.id, by=signs_in(lesson.teacher)).version == 2


@pytest.mark.parametrize("verb", VERBS)
def test_a_student_only_reads(lesson: Lesson, told: Told, verb: str) -> None:
    by = signs_in(lesson.student)
    assert lessons_seen_by(by).get() == lesson
    with pytest.raises(NotYours):
        VERBS[verb](lesson.id, by=by)
    assert told() == []


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("by", "refusal"), [(MEMBER, NoLesson), (NOBODY, NoLesson), (STRANGER, NoLesson)], ids=str)
def test_lessons_of_others_are_not_there(
    lesson: Lesson, told: Told, verb: str, by: Principal, refusal: type[AngariumError]
) -> None:
    with pytest.raises(refusal):
        VERBS[verb](lesson.id, by=by)
    assert not lessons_seen_by(by).exists()
    assert told() == []


def test_who_may_only_read_all_is_told_so(lesson: Lesson) -> None:
    with pytest.raises(Forbidden):
        actions.complete_lesson(lesson.id, by=READER)


def test_a_teachers_token_that_may_only_read_does_not_write(lesson: Lesson) -> None:
    by = signs_in(lesson.teacher, "lessons:read")
    assert lessons_seen_by(by).get() == lesson
    with pytest.raises(NotYours):
        actions.complete_lesson(lesson.id, by=by)


def test_a_teacher_neither_deletes_nor_hands_over(lesson: Lesson, told: Told) -> None:
    by = signs_in(lesson.teacher)
    other = Teacher.objects.create(name="Other", email="other@example.org")
    with pytest.raises(NotYours, match="delete"):
        actions.delete_lesson(lesson.id, by=by)
    with pytest.raises(NotYours, match="another"):
        actions.edit_lesson(lesson.id, by=by, teacher_id=other.id)
    assert told() == []


def test_deleting_removes_the_row_and_keeps_the_event(lesson: Lesson, told: Told) -> None:
    actions.delete_lesson(lesson.id, by=STAFF)
    assert told() == ["deleted"]
    with pytest.raises(NoLesson):
        actions.delete_lesson(lesson.id, by=STAFF)


def test_an_edit_tells_what_changed(lesson: Lesson, told: Told) -> None:
    other = Student.objects.create(name="B", email="b@example.org")
    edited = actions.edit_lesson(lesson.id, by=STAFF, title="Б", duration_minutes=30, student_id=other.id)
    assert (edited.title, edited.duration_minutes, edited.student, edited.status) == ("Б", 30, other, "planned")
    assert Event.objects.get().data["changed"] == ["duration_minutes", "student_id", "title"]


def test_an_edit_that_changes_nothing_writes_nothing(lesson: Lesson, told: Told) -> None:
    same = actions.edit_lesson(
        lesson.id, by=STAFF, title=lesson.title, starts_at=NOON, student_id=lesson.student_id, duration_minutes=60
    )
    assert (same.version, same.updated_at) == (1, lesson.updated_at)
    assert told() == []


def test_an_edited_start_is_a_rescheduling(lesson: Lesson, told: Told) -> None:
    moved = actions.edit_lesson(
        lesson.id, by=STAFF, starts_at=datetime.fromisoformat("2030-03-05T09:00"), timezone="Asia/Tokyo"
    )
    assert (moved.status, moved.starts_at, moved.timezone) == (
        "rescheduled",
        datetime(2030, 3, 5, tzinfo=UTC),
        "Asia/Tokyo",
    )
    assert told() == ["rescheduled"]


def test_the_start_of_a_completed_lesson_is_not_edited(lesson: Lesson, told: Told) -> None:
    actions.complete_lesson(lesson.id, by=STAFF)
    with pytest.raises(IllegalMove):
        actions.edit_lesson(lesson.id, by=STAFF, starts_at=NOON + timedelta(days=1))
    assert told() == ["completed"]


@pytest.mark.parametrize("verb", [*VERBS, "delete"])
def test_an_expected_version_that_is_gone_is_stale(lesson: Lesson, told: Told, verb: str) -> None:
    calls: dict[str, Verb] = {
        "edit": lambda id, **words: actions.edit_lesson(id, title="Б", **words),
        "reschedule": lambda id, **words: actions.reschedule_lesson(id, starts_at=NOON + timedelta(days=1), **words),
        "delete": actions.delete_lesson,
    }
    call = calls.get(verb) or VERBS[verb]
    with pytest.raises(Stale):
        call(lesson.id, by=STAFF, expected_version=2)
    assert told() == []
    call(lesson.id, by=STAFF, expected_version=1)
    assert len(told()) == 1


def test_les_13_completing_reopening_and_completing_again(lesson: Lesson, told: Told) -> None:
    actions.complete_lesson(lesson.id, by=STAFF)
    assert actions.reopen_lesson(lesson.id, by=STAFF).status == Status.IN_PROGRESS
    actions.complete_lesson(lesson.id, by=STAFF)
    assert told() == ["completed", "reopened", "completed"]


@pytest.mark.parametrize("status", ["planned", "confirmed", "in_progress", "cancelled", "no_show"])
def test_only_a_completed_lesson_is_reopened(values: dict[str, Any], status: str) -> None:
    lesson = Lesson.objects.create(**values, status=status)
    with pytest.raises(IllegalMove, match="Only a completed lesson"):
        actions.reopen_lesson(lesson.id, by=STAFF)


def test_a_completed_lesson_is_not_started_again(values: dict[str, Any]) -> None:
    lesson = Lesson.objects.create(**values, status="completed")
    with pytest.raises(IllegalMove, match="reopened, not started") as refusal:
        actions.start_lesson(lesson.id, by=STAFF)
    assert refusal.value.details["allowed"] == []


def test_a_cancelled_lesson_says_why_and_is_final(lesson: Lesson, told: Told) -> None:
    actions.cancel_lesson(lesson.id, by=STAFF, because=" ill ")
    assert Event.objects.get().data["because"] == "ill"
    with pytest.raises(IllegalMove, match="nothing, it is final"):
        actions.complete_lesson(lesson.id, by=STAFF)
    assert told() == ["cancelled"]


@pytest.mark.parametrize("because", ["a\nb", "x" * 501])
def test_a_reason_that_does_not_fit_is_refused(lesson: Lesson, told: Told, because: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.cancel_lesson(lesson.id, by=STAFF, because=because)
    assert refusal.value.field == "cancelled_because"
    assert told() == []


def test_rescheduling_needs_another_start_and_an_existing_zone(lesson: Lesson, told: Told) -> None:
    with pytest.raises(SameTime):
        actions.reschedule_lesson(lesson.id, by=STAFF, starts_at=NOON)
    with pytest.raises(Invalid, match="IANA"):
        actions.reschedule_lesson(lesson.id, by=STAFF, starts_at=NOON + timedelta(days=1), timezone="Moon")
    assert told() == []


def test_a_lesson_can_be_rescheduled_twice_and_then_confirmed(lesson: Lesson, told: Told) -> None:
    for day in (1, 2):
        actions.reschedule_lesson(lesson.id, by=STAFF, starts_at=NOON + timedelta(days=day))
    actions.confirm_lesson(lesson.id, by=STAFF)
    assert told() == ["rescheduled", "rescheduled", "confirmed"]


@pytest.mark.django_db(transaction=True)
def test_les_10_of_twenty_parallel_completions_one_succeeds(lesson: Lesson, told: Told) -> None:
    answers = together(*[lambda: actions.complete_lesson(lesson.id, by=STAFF)] * 20)
    assert sorted(type(answer).__name__ for answer in answers) == ["IllegalMove"] * 19 + ["Lesson"]
    assert told() == ["completed"]
    assert Event.objects.get().subject_version == 2


def test_students_and_teachers_are_entered_edited_and_removed(db: None) -> None:
    student = actions.add_student(by=STAFF, name=" Анна ", email="Anna@example.org", timezone="Europe/Moscow")
    teacher = actions.add_teacher(by=STAFF, name="Елена", email="anna@example.org")
    assert (student.name, teacher.timezone) == ("Анна", "UTC")
    assert actions.edit_student(student.id, by=STAFF, name="Аня").name == "Аня"
    assert actions.edit_teacher(teacher.id, by=STAFF, timezone="Asia/Tokyo").timezone == "Asia/Tokyo"
    actions.delete_student(student.id, by=STAFF)
    actions.delete_teacher(teacher.id, by=STAFF)
    assert not Student.objects.exists()
    assert not Teacher.objects.exists()


def test_an_address_and_a_person_belong_to_one_student(student: Student) -> None:
    signs_in(student)
    with pytest.raises(EmailTaken) as refusal:
        actions.add_student(by=STAFF, name="B", email="ANNA@example.org")
    assert refusal.value.field == "email"
    with pytest.raises(PersonTaken):
        actions.add_student(by=STAFF, name="B", email="b@example.org", person=student.person)
    other = actions.add_student(by=STAFF, name="B", email="b@example.org")
    with pytest.raises(EmailTaken):
        actions.edit_student(other.id, by=STAFF, email="Anna@Example.org")
    other.refresh_from_db()
    assert other.email == "b@example.org"


def test_who_has_lessons_is_not_deleted(lesson: Lesson) -> None:
    with pytest.raises(HasLessons):
        actions.delete_student(lesson.student_id, by=STAFF)
    with pytest.raises(HasLessons):
        actions.delete_teacher(lesson.teacher_id, by=STAFF)
    assert Student.objects.count() == Teacher.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"email": "no address"}, {"name": ""}, {"name": "a\nb"}, {"timezone": "X"}])
def test_a_student_that_does_not_fit_is_refused(db: None, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_student(by=STAFF, **{"name": "A", "email": "a@example.org", **wrong})
    assert refusal.value.field in wrong
    assert not Student.objects.exists()


def test_members_see_themselves_and_those_they_meet(lesson: Lesson) -> None:
    Student.objects.create(name="Stranger", email="s@example.org")
    Teacher.objects.create(name="Stranger", email="t@example.org")
    as_student, as_teacher = signs_in(lesson.student), signs_in(lesson.teacher)
    for by in (as_student, as_teacher):
        assert students_seen_by(by).get() == lesson.student
        assert teachers_seen_by(by).get() == lesson.teacher
        with pytest.raises(NotYours):
            actions.edit_student(lesson.student_id, by=by, name="X")
        with pytest.raises(NotYours):
            actions.delete_teacher(lesson.teacher_id, by=by)
        with pytest.raises(NotYours):
            actions.add_teacher(by=by, name="X", email="x@example.org")
    assert not students_seen_by(MEMBER).exists()
    with pytest.raises(Missing):
        actions.edit_student(lesson.student_id, by=MEMBER, name="X")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["Алгебра", "Essay"]),
        ({"status": "completed"}, ["Essay"]),
        ({"q": "АЛГ"}, ["Алгебра"]),
        ({"q": "алгебра"}, ["Алгебра"]),
        ({"q": "essAY"}, ["Essay"]),
        ({"q": "анна"}, ["Алгебра", "Essay"]),
        ({"q": "100%"}, []),
        ({"q": "a.*"}, []),
    ],
)
def test_lessons_are_found_in_any_case(
    values: dict[str, Any], lesson: Lesson, filters: dict[str, Any], found: list[str]
) -> None:
    Lesson.objects.create(**{**values, "title": "Essay", **at(1)}, status="completed")
    assert [row.title for row in find_lessons(STAFF, **filters)] == found
