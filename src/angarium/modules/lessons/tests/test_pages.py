"""Lessons for people: what each may see and do on the pages, and what the pages say when something is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event, stamp
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation
from angarium.modules.lessons.models import Lesson, Student, Teacher
from angarium.modules.lessons.pages.lessons import PAGE

from .conftest import NOON, Told, at

LIST = "/app/lessons/"


@pytest.fixture
def staff(db: None) -> Client:
    return client_signed_in(make_person(role=Role.STAFF, timezone="Europe/Moscow", password=None))


def member_as(participant: Student | Teacher) -> Client:
    """Somebody who signs in as this student or teacher."""
    person: Person = make_person(password=None)
    type(participant).objects.filter(pk=participant.pk).update(person=person.id)
    return client_signed_in(person)


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def sent(lesson: Lesson, **changes: Any) -> dict[str, Any]:
    """The form as the page shows it, with changes."""
    form = {
        "title": lesson.title,
        "student_id": lesson.student_id,
        "teacher_id": lesson.teacher_id,
        "starts_at": "2030-03-04T15:00",
        "timezone": "Europe/Moscow",
        "duration_minutes": 60,
        "version": lesson.version,
    }
    return {**form, **changes}


def error_beside(text: str, field: str) -> str:
    found = re.search(rf'id="id_{field}_error".*?<span>(.*?)</span>', text, re.DOTALL)
    return found[1] if found else ""


def test_pages_need_a_sign_in(lesson: Lesson) -> None:
    for path in (LIST, f"{LIST}new/", f"{LIST}{lesson.id}/", f"{LIST}{lesson.id}/edit/"):
        assert Client().get(path)["Location"].startswith("/login/?next=")
    assert Client().post(f"{LIST}{lesson.id}/completion/").status_code == 302
    assert Lesson.objects.get().status == "planned"


def test_the_list_shows_lessons_on_the_viewers_clock(staff: Client, lesson: Lesson) -> None:
    text = text_of(staff, LIST)
    assert "Алгебра" in text
    assert "4 March 2030, 15:00" in text
    assert "Europe/Moscow" in text


def test_an_empty_list_says_what_to_do(staff: Client) -> None:
    assert "Plan the first one" in text_of(staff, LIST)
    assert "Lessons in which you are the student or the teacher appear here." in text_of(
        client_signed_in(make_person(password=None)), LIST
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [("q=алг", True), ("q=елена", True), ("q=zzz", False), ("status=planned", True), ("status=completed", False)],
)
def test_the_list_is_narrowed_by_words_and_status(staff: Client, lesson: Lesson, query: str, shown: bool) -> None:
    assert (f'id="l-{lesson.id}"' in text_of(staff, f"{LIST}?{query}")) is shown


@pytest.mark.parametrize(
    "query", ["status=nonsense", "after=x", "after=99999999999999999999", "q=%00", "q=" + "x" * 300]
)
def test_a_filter_that_makes_no_sense_is_told_and_is_no_500(staff: Client, lesson: Lesson, query: str) -> None:
    assert 'class="wrong"' in text_of(staff, f"{LIST}?{query}", 400)


def test_pages_go_on_without_losing_or_repeating_a_lesson(staff: Client, values: dict[str, Any]) -> None:
    for number in range(PAGE * 2 + 3):
        teacher = Teacher.objects.create(name=f"T{number}", email=f"t{number}@example.org")
        student = Student.objects.create(name=f"S{number}", email=f"s{number}@example.org")
        Lesson.objects.create(**{**values, **at(number % 7), "student": student, "teacher": teacher})
    seen: list[str] = []
    path = LIST
    while path:
        text = text_of(staff, path)
        assert ('data-live="lesson:*" data-poll' in text) is (path == LIST)  # a page further on stays as it is
        seen += re.findall(r'id="l-(\d+)"', text)
        follows = re.search(r'rel="next" href="(\?[^"]+)"', text)
        path = f"{LIST}{follows[1]}".replace("&amp;", "&") if follows else ""
    assert len(seen) == len(set(seen)) == PAGE * 2 + 3


def test_a_lesson_is_planned_from_the_form(staff: Client, student: Student, teacher: Teacher, told: Told) -> None:
    form = {
        "title": "  Физика ",
        "student_id": student.id,
        "teacher_id": teacher.id,
        "starts_at": "2030-07-01T10:00",
        "timezone": "Europe/Berlin",
        "duration_minutes": "45",
    }
    response = staff.post(f"{LIST}new/", form)
    lesson = Lesson.objects.get()
    assert response["Location"] == f"{LIST}{lesson.id}/"
    assert (lesson.title, lesson.starts_at, lesson.duration_minutes) == (
        "Физика",
        datetime(2030, 7, 1, 8, tzinfo=UTC),
        45,
    )
    assert told() == ["created"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 256),
        ("title", "two\x00parts"),
        ("title", "two\nlines"),
        ("student_id", "99999"),
        ("teacher_id", "x"),
        ("starts_at", "2030-03-31T02:30"),
        ("starts_at", "1900-01-01T10:00"),
        ("starts_at", "soon"),
        ("timezone", "Mars/Olympus"),
        ("duration_minutes", "0"),
        ("duration_minutes", "99999999999999999999"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field_and_nothing_is_written(
    staff: Client, student: Student, teacher: Teacher, field: str, value: str
) -> None:
    form = {"title": "A", "student_id": student.id, "teacher_id": teacher.id, "starts_at": "2030-07-01T10:00"}
    form |= {"timezone": "Europe/Berlin", "duration_minutes": 45, field: value}
    response = staff.post(f"{LIST}new/", form)
    assert response.status_code == 422
    assert error_beside(response.content.decode(), field)
    assert not Lesson.objects.exists()
    assert not Event.objects.exists()


def test_without_students_and_teachers_the_form_says_what_is_lacking(staff: Client) -> None:
    assert "A lesson needs a student and a teacher" in text_of(staff, f"{LIST}new/")


def test_members_plan_no_lessons(lesson: Lesson) -> None:
    client = member_as(lesson.teacher)
    assert client.get(f"{LIST}new/").status_code == 403
    assert "Plan a lesson" not in text_of(client, LIST)


def test_the_form_shows_a_lesson_as_it_is_and_saving_it_unchanged_writes_nothing(
    staff: Client, lesson: Lesson, told: Told
) -> None:
    text = text_of(staff, f"{LIST}{lesson.id}/edit/")
    assert 'value="2030-03-04T15:00"' in text
    assert '<option value="Europe/Moscow" selected>' in text
    assert staff.post(f"{LIST}{lesson.id}/edit/", sent(lesson)).status_code == 302
    assert told() == []


def test_a_start_with_seconds_is_not_moved_by_editing_the_title(
    staff: Client, values: dict[str, Any], told: Told
) -> None:
    start = NOON + timedelta(seconds=17)
    lesson = Lesson.objects.create(**{**values, "starts_at": start})
    staff.post(f"{LIST}{lesson.id}/edit/", sent(lesson, title="Физика"))
    lesson.refresh_from_db()
    assert (lesson.title, lesson.starts_at) == ("Физика", start)
    assert told() == ["created", "updated"]


def test_another_zone_keeps_the_wall_clock(staff: Client, lesson: Lesson) -> None:
    staff.post(f"{LIST}{lesson.id}/edit/", sent(lesson, timezone="Europe/Berlin"))
    lesson.refresh_from_db()
    assert lesson.starts_at == datetime(2030, 3, 4, 14, tzinfo=UTC)


def test_who_edits_what_somebody_changed_meanwhile_is_told_so(staff: Client, lesson: Lesson) -> None:
    form = sent(lesson, title="Mine")
    assert staff.post(f"{LIST}{lesson.id}/edit/", sent(lesson, title="Theirs")).status_code == 302
    response = staff.post(f"{LIST}{lesson.id}/edit/", form)
    assert response.status_code == 422
    assert "Somebody changed this since you read it" in response.content.decode()
    assert Lesson.objects.get().title == "Theirs"


def test_a_lesson_is_rescheduled_and_the_story_says_from_when_to_when(staff: Client, lesson: Lesson) -> None:
    form = {"starts_at": "2030-03-05T15:00", "timezone": "Europe/Moscow", "version": lesson.version}
    staff.post(f"{LIST}{lesson.id}/rescheduling/", form)
    assert Lesson.objects.get().starts_at == NOON + timedelta(days=1)
    text = text_of(staff, f"{LIST}{lesson.id}/")
    assert "4 March 2030, 15:00 (Europe/Moscow) → 5 March 2030, 15:00 (Europe/Moscow)" in text


def test_rescheduling_to_the_same_start_is_refused_in_words(staff: Client, lesson: Lesson) -> None:
    form = {"starts_at": "2030-03-04T15:00", "timezone": "Europe/Moscow", "version": lesson.version}
    response = staff.post(f"{LIST}{lesson.id}/rescheduling/", form)
    assert response.status_code == 422
    assert "another start than the one it has" in error_beside(response.content.decode(), "starts_at")


def test_the_page_offers_the_moves_that_the_lifecycle_allows(staff: Client, lesson: Lesson) -> None:
    offered = re.compile(r'id="do-([\w-]+)"')
    path = f"{LIST}{lesson.id}/"
    assert offered.findall(text_of(staff, path)) == ["completion", "confirmation", "start", "no-show"]
    staff.post(f"{path}completion/", {"version": lesson.version})
    text = text_of(staff, path)
    assert offered.findall(text) == ["reopening"]
    assert "Cancel the lesson" not in text
    assert f"{path}rescheduling/" not in text


def test_completing_shows_the_event_and_the_operation_that_it_started(
    staff: Client, lesson: Lesson, told: Told
) -> None:
    path = f"{LIST}{lesson.id}/"
    response = staff.post(f"{path}completion/", {"version": lesson.version}, follow=True)
    assert "the student is being told" in response.content.decode()
    assert told() == ["completed"]
    assert "Not yet seen by the relay." in text_of(staff, path)
    stamp()
    operation = Operation.objects.get(kind="lessons.notify_student")
    text = text_of(staff, path)
    assert f"/app/operations/{operation.id}/" in text
    assert "lessons.notify_student" in text


def test_the_story_shows_what_was_sent_to_whom(staff: Client, lesson: Lesson) -> None:
    staff.post(f"{LIST}{lesson.id}/completion/")
    event = Event.objects.get()
    Delivery.objects.create(
        channel="log",
        key="k",
        template="t",
        subject=event.subject,
        event_id=event.uid,
        recipient_name="Анна",
        state="sent",
    )
    assert "message to Анна by log" in text_of(staff, f"{LIST}{lesson.id}/")


def test_an_event_of_an_older_shape_does_not_break_the_page(staff: Client, lesson: Lesson) -> None:
    subject = f"lessons.lesson:{lesson.id}"
    Event.objects.create(type="lessons.lesson_rescheduled.v1", subject=subject, data={"lesson_id": lesson.id})
    Event.objects.create(type="lessons.lesson_sung.v1", subject=subject, data={})
    text = text_of(staff, f"{LIST}{lesson.id}/")
    assert "Rescheduled" in text
    assert "lessons.lesson_sung.v1" in text


def test_a_second_completion_is_told_and_makes_no_second_event(staff: Client, lesson: Lesson, told: Told) -> None:
    path = f"{LIST}{lesson.id}/"
    staff.post(f"{path}completion/", {"version": lesson.version})
    response = staff.post(f"{path}completion/", {"version": lesson.version}, follow=True)
    assert "Somebody changed this since you read it" in response.content.decode()
    response = staff.post(f"{path}completion/", follow=True)
    assert 'data-tone="error"' in response.content.decode()
    assert told() == ["completed"]


def test_a_cancellation_keeps_its_reason(staff: Client, lesson: Lesson) -> None:
    staff.post(f"{LIST}{lesson.id}/cancellation/", {"because": "<b>ill</b>", "version": lesson.version})
    text = text_of(staff, f"{LIST}{lesson.id}/")
    assert "&lt;b&gt;ill&lt;/b&gt;" in text
    assert "<b>ill" not in text


def test_a_reason_that_does_not_fit_is_refused_in_words(staff: Client, lesson: Lesson) -> None:
    for because in ("x" * 501, "a\x00b"):
        response = staff.post(f"{LIST}{lesson.id}/cancellation/", {"because": because}, follow=True)
        assert 'data-tone="error"' in response.content.decode()
    assert Lesson.objects.get().status == "planned"


def test_a_lesson_is_deleted_and_the_list_comes_back(staff: Client, lesson: Lesson, told: Told) -> None:
    response = staff.post(f"{LIST}{lesson.id}/deletion/", {"version": lesson.version})
    assert response["Location"] == LIST
    assert not Lesson.objects.exists()
    assert told() == ["deleted"]


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_a_participant_sees_the_lesson_and_only_the_teacher_moves_it(lesson: Lesson, who: str) -> None:
    client = member_as(getattr(lesson, who))
    path = f"{LIST}{lesson.id}/"
    text = text_of(client, path)
    assert ("do-completion" in text) is (who == "teacher")
    assert "Delete" not in text
    assert client.get(f"{path}edit/").status_code == (200 if who == "teacher" else 403)
    client.post(f"{path}completion/")
    assert Lesson.objects.get().status == ("completed" if who == "teacher" else "planned")


METHODS: list[Callable[[Client, str], Any]] = [
    lambda client, path: client.get(path),
    lambda client, path: client.get(f"{path}edit/"),
    lambda client, path: client.post(f"{path}edit/", {"title": "x"}),
    lambda client, path: client.post(f"{path}completion/"),
    lambda client, path: client.post(f"{path}cancellation/"),
    lambda client, path: client.post(f"{path}deletion/"),
    lambda client, path: client.get(f"{path}rescheduling/"),
]


@pytest.mark.parametrize("call", METHODS)
def test_other_peoples_lessons_are_not_there(lesson: Lesson, call: Callable[[Client, str], Any], told: Told) -> None:
    assert call(client_signed_in(make_person(password=None)), f"{LIST}{lesson.id}/").status_code == 404
    assert told() == []
    assert Lesson.objects.get().status == "planned"


@pytest.mark.parametrize("id", ["0", "99999", "99999999999999999999999"])
def test_unknown_lessons_are_404(staff: Client, id: str) -> None:
    for verb in ("", "edit/", "rescheduling/"):
        assert staff.get(f"{LIST}{id}/{verb}").status_code == 404


def test_what_changes_a_lesson_takes_a_post(staff: Client, lesson: Lesson) -> None:
    for verb in ("completion", "cancellation", "deletion"):
        assert staff.get(f"{LIST}{lesson.id}/{verb}/").status_code == 405


def test_an_open_list_asks_for_its_rows_alone(staff: Client, lesson: Lesson) -> None:
    assert f'hx-get="{LIST}?q=%D0%B0%D0%BB%D0%B3"' in text_of(staff, f"{LIST}?q=%D0%B0%D0%BB%D0%B3")
    text = staff.get(LIST, headers={"hx-request": "true"}).content.decode()
    assert f'id="l-{lesson.id}"' in text
    assert "<html" not in text
    assert "<form" not in text


def test_an_open_lesson_asks_for_all_that_changes_alone(staff: Client, lesson: Lesson) -> None:
    whole = text_of(staff, f"{LIST}{lesson.id}/")
    assert f'data-live="lesson:{lesson.id}"' in whole
    text = staff.get(f"{LIST}{lesson.id}/", headers={"hx-request": "true"}).content.decode()
    assert '<ol class="timeline">' in text
    assert "<html" not in text
    wanted = re.findall(r"#(\w+)", re.findall(r'hx-select-oob="([^"]+)"', whole)[0])
    assert wanted == ["crumbs", "heading", "actions", "status", "moves", "facts"]
    for id in ("story", *wanted):
        assert (whole.count(f'id="{id}"'), text.count(f'id="{id}"')) == (1, 1), id
