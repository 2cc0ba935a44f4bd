"""The admin writes through the same rules, and says a refusal in the form or beside the list."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.lessons.admin import LessonForm
from angarium.modules.lessons.lifecycle import Status
from angarium.modules.lessons.models import Lesson, Student, Teacher

from .conftest import NOON, Told

LIST = "admin:lessons_lesson_changelist"
ADD = "admin:lessons_lesson_add"


@pytest.fixture
def staff(db: None) -> Person:
    return make_person(role=Role.STAFF)


@pytest.fixture
def admin(staff: Person) -> Client:
    return client_signed_in(staff)


def form(lesson: Lesson | None = None, **changes: Any) -> dict[str, Any]:
    """What the form sends: for an existing lesson what it showed."""
    shown = {
        "title": "Алгебра",
        "student": Student.objects.values_list("id", flat=True).first(),
        "teacher": Teacher.objects.values_list("id", flat=True).first(),
        "starts_at_0": "2030-03-04",
        "starts_at_1": "15:00:00",
        "timezone": "Europe/Moscow",
        "duration_minutes": 60,
        "status": lesson.status if lesson else "planned",
        "cancelled_because": "",
        "seen_version": lesson.version if lesson else "",
    }
    return {**shown, **changes}


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    errors: dict[str, list[str]] = answer.context["adminform"].form.errors
    return errors


def change(lesson: Lesson) -> str:
    return reverse("admin:lessons_lesson_change", args=[lesson.id])


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("model", ["lesson", "student", "teacher"])
def test_every_page_opens(admin: Client, lesson: Lesson, model: str) -> None:
    row = {"lesson": lesson, "student": lesson.student, "teacher": lesson.teacher}[model]
    for page in (
        reverse(f"admin:lessons_{model}_changelist"),
        reverse(f"admin:lessons_{model}_add"),
        reverse(f"admin:lessons_{model}_change", args=[row.pk]),
        reverse(f"admin:lessons_{model}_history", args=[row.pk]),
        reverse(f"admin:lessons_{model}_delete", args=[row.pk]),
    ):
        assert admin.get(page).status_code == 200, page


def test_les_02_a_lesson_entered_in_the_admin_is_told(
    admin: Client, staff: Person, student: Student, teacher: Teacher, told: Told
) -> None:
    assert admin.post(reverse(ADD), form()).status_code == 302
    assert Lesson.objects.get().starts_at.isoformat() == "2030-03-04T12:00:00+00:00"
    assert told() == ["created"]
    assert Event.objects.get().actor == staff.id


def test_les_02_entered_as_completed_it_is_told_twice(
    admin: Client, student: Student, teacher: Teacher, told: Told
) -> None:
    admin.post(reverse(ADD), form(status="completed"))
    assert told() == ["created", "completed"]


def test_les_03_completing_in_the_form_tells_once(admin: Client, lesson: Lesson, told: Told) -> None:
    assert admin.post(change(lesson), form(lesson, status="completed")).status_code == 302
    lesson.refresh_from_db()
    assert admin.post(change(lesson), form(lesson)).status_code == 302
    lesson.refresh_from_db()
    assert admin.post(change(lesson), form(lesson, title="Геометрия")).status_code == 302
    assert told() == ["completed", "updated"]


@pytest.mark.parametrize("status", ["planned", "rescheduled", "cancelled", "done"])
def test_an_illegal_move_is_an_error_of_the_form(admin: Client, lesson: Lesson, told: Told, status: str) -> None:
    Lesson.objects.update(status="completed")
    Event.objects.all().delete()
    lesson.refresh_from_db()
    assert "status" in errors_of(admin.post(change(lesson), form(lesson, status=status)))
    assert told() == []


def test_a_form_that_somebody_overtook_is_refused(admin: Client, lesson: Lesson, told: Told) -> None:
    stale = form(lesson, title="late")
    Lesson.objects.update(duration_minutes=30)
    assert "Somebody changed this" in str(errors_of(admin.post(change(lesson), stale)))
    assert told() == ["updated"]


def test_a_form_overtaken_between_check_and_save_is_refused_beside_the_form(
    admin: Client, lesson: Lesson, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row's own version check still holds; here the other write shares our transaction and goes back with it."""
    checked = LessonForm.is_valid

    def check_then_be_overtaken(self: LessonForm) -> bool:
        valid = checked(self)
        Lesson.objects.filter(pk=lesson.pk).update(duration_minutes=30)
        return valid

    monkeypatch.setattr(LessonForm, "is_valid", check_then_be_overtaken)
    answer = admin.post(change(lesson), form(lesson, title="late"))
    assert (answer.status_code, said(answer)) == (
        302,
        ["Somebody changed this since you read it; read it again and repeat your change."],
    )
    assert Lesson.objects.values_list("title", flat=True).get() == "Алгебра"
    assert told() == []


def test_another_start_reschedules_and_keeps_the_wall_clock(admin: Client, lesson: Lesson, told: Told) -> None:
    page = admin.get(change(lesson)).content.decode()
    assert 'value="15:00:00"' in page
    admin.post(change(lesson), form(lesson, starts_at_1="17:30:00"))
    lesson.refresh_from_db()
    assert (lesson.starts_at.isoformat(), lesson.status) == ("2030-03-04T14:30:00+00:00", Status.RESCHEDULED)
    assert told() == ["rescheduled"]


def test_rescheduled_without_another_start_is_an_error(admin: Client, lesson: Lesson, told: Told) -> None:
    assert "starts_at" in errors_of(admin.post(change(lesson), form(lesson, status="rescheduled")))
    assert told() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at_0": "2030-03-31", "starts_at_1": "02:30", "timezone": "Europe/Berlin"},
        {"starts_at_0": "never"},
        {"starts_at_0": "0001-01-01"},
        {"starts_at_0": "", "starts_at_1": ""},
        {"timezone": "Mars"},
        {"title": "a\nb\x00"},
        {"duration_minutes": "1441"},
        {"student": "999999"},
    ],
)
def test_what_does_not_fit_is_an_error_of_the_form(
    admin: Client, lesson: Lesson, told: Told, wrong: dict[str, str]
) -> None:
    assert errors_of(admin.post(change(lesson), form(lesson, **wrong)))
    assert errors_of(admin.post(reverse(ADD), form(**wrong)))
    assert told() == []


def test_les_11_the_admins_action_completes_each_row_and_says_what_it_could_not(
    admin: Client, values: dict[str, Any], lesson: Lesson, told: Told
) -> None:
    cancelled = Lesson.objects.create(**values | {"title": "Отменённый"}, status="cancelled")
    Event.objects.all().delete()
    answer = admin.post(reverse(LIST), {"action": "complete", "_selected_action": [lesson.id, cancelled.id]})
    assert answer.status_code == 302
    assert told() == ["completed"]
    assert [line.partition(":")[0] for line in said(answer)] == ["Отменённый", "Completed"]


def test_les_11_deleting_in_the_admin_is_told(admin: Client, lesson: Lesson, told: Told) -> None:
    admin.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [lesson.id], "post": "yes"})
    assert not Lesson.objects.exists()
    assert told() == ["deleted"]


def test_a_student_with_lessons_stays(admin: Client, lesson: Lesson) -> None:
    page = admin.post(reverse("admin:lessons_student_delete", args=[lesson.student_id]), {"post": "yes"})
    assert page.status_code in (200, 302, 403)
    assert Student.objects.exists()


def test_lessons_are_found_in_any_case(admin: Client, lesson: Lesson) -> None:
    for query, count in [("АЛГ", 1), ("анна", 1), ("химия", 0)]:
        assert admin.get(reverse(LIST), {"q": query}).context["cl"].result_count == count
    assert admin.get(reverse("admin:lessons_student_changelist"), {"q": "АННА"}).context["cl"].result_count == 1


def test_members_do_not_enter(lesson: Lesson) -> None:
    assert client_signed_in().get(reverse(LIST)).status_code == 302


def test_les_b3_reminders_are_there_to_be_looked_at(admin: Client, lesson: Lesson) -> None:
    row = lesson.reminders.create(kind="day_before", role="student", lesson_version=1, due_at=NOON, state="sent")
    assert "a day before" in admin.get("/admin/lessons/reminder/").content.decode()
    assert admin.get(f"/admin/lessons/reminder/{row.pk}/change/").status_code == 200
    assert admin.post(f"/admin/lessons/reminder/{row.pk}/change/", {"state": "planned"}).status_code == 403
    assert admin.get("/admin/lessons/reminder/add/").status_code == 403


def test_les_b5_the_admins_form_says_it_beside_the_field(admin: Client, values: dict[str, Any], lesson: Lesson) -> None:
    [(field, [sentence])] = errors_of(admin.post(reverse(ADD), form())).items()
    assert field == "student"
    assert sentence == "Анна already has another lesson then: Monday, 4 March 2030, 15:00–16:00 (Europe/Moscow)."
    assert Lesson.objects.count() == 1
