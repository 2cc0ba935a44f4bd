"""Every way of writing a lesson through the ORM is an event, or is refused; none is missed and none is told twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat

from angarium.engine.events.public import Event, Untrackable
from angarium.kernel.errors import Stale
from angarium.kernel.transitions import IllegalMove
from angarium.modules.lessons.errors import SameTime
from angarium.modules.lessons.models import Lesson, Student, Teacher

from .conftest import NOON, Told, at

Values = dict[str, Any]
pytestmark = pytest.mark.django_db


class Undone(Exception):
    """Raised to roll a transaction back."""


def test_les_02_create_tells_of_one_creation(values: Values, told: Told) -> None:
    lesson = Lesson.objects.create(**values)
    event = Event.objects.get()
    assert (event.type, event.subject, event.subject_version) == (
        "lessons.lesson_created.v1",
        f"lessons.lesson:{lesson.id}",
        1,
    )
    assert event.data["student_id"] == values["student"].id
    assert event.data["title"] == "Алгебра"


def test_les_02_a_lesson_entered_as_completed_is_created_and_then_completed(values: Values, told: Told) -> None:
    Lesson(**values, status="completed").save()
    assert told() == ["created", "completed"]


def test_les_03_completing_tells_once_and_saving_again_nothing(lesson: Lesson, told: Told) -> None:
    lesson.status = "completed"
    lesson.save()
    lesson.save()
    lesson.title = "Геометрия"
    lesson.save()
    assert told() == ["completed", "updated"]


def test_les_11_queryset_update_tells_of_each_row(values: Values, lesson: Lesson, told: Told) -> None:
    other = Lesson.objects.create(**values | at(1), status="completed")
    Event.objects.all().delete()
    assert Lesson.objects.filter(status__in=["planned", "completed"]).update(status="completed") == 2
    assert told() == ["completed"]
    assert Event.objects.get().subject == f"lessons.lesson:{lesson.id}"
    other.refresh_from_db()
    assert other.status == "completed"


def test_les_11_an_update_by_expression_tells_what_it_came_to(lesson: Lesson, told: Told) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(duration_minutes=F("duration_minutes") + 30)
    Lesson.objects.filter(pk=lesson.pk).update(title=Concat(F("title"), Value(" 2")))
    assert [event.data["changed"] for event in Event.objects.order_by("id")] == [["duration_minutes"], ["title"]]
    assert [event.data["title"] for event in Event.objects.order_by("id")] == ["Алгебра", "Алгебра 2"]
    assert Event.objects.order_by("id")[0].data["duration_minutes"] == 90


def test_a_bulk_update_carries_the_time_of_the_change(lesson: Lesson) -> None:
    before = lesson.updated_at
    Lesson.objects.filter(pk=lesson.pk).update(title="Б")
    lesson.refresh_from_db()
    assert lesson.updated_at > before
    assert lesson.version == 2


def test_les_11_an_illegal_bulk_update_changes_no_row_at_all(values: Values, lesson: Lesson, told: Told) -> None:
    cancelled = Lesson.objects.create(**values, status="cancelled")
    Event.objects.all().delete()
    with pytest.raises(IllegalMove), transaction.atomic():
        Lesson.objects.update(status="completed")
    assert told() == []
    assert set(Lesson.objects.values_list("id", "status")) == {(lesson.id, "planned"), (cancelled.id, "cancelled")}


def test_les_11_bulk_create_tells_of_each_row(values: Values, told: Told) -> None:
    Lesson.objects.bulk_create([Lesson(**values), Lesson(**values | at(1), status="completed")])
    assert told() == ["created", "created", "completed"]


def test_les_11_bulk_create_that_hides_what_it_did_is_refused(values: Values, told: Told) -> None:
    with pytest.raises(Untrackable):
        Lesson.objects.bulk_create([Lesson(**values)], ignore_conflicts=True)
    assert told() == []
    assert not Lesson.objects.exists()


def test_les_11_bulk_update_tells_of_each_row(values: Values, lesson: Lesson, told: Told) -> None:
    lesson.status = "completed"
    Lesson.objects.bulk_update([lesson], ["status"])
    assert told() == ["completed"]
    lesson.refresh_from_db()
    assert (lesson.status, lesson.version) == ("completed", 2)


def test_les_11_a_related_manager_tells_as_any_other(student: Student, teacher: Teacher, told: Told) -> None:
    made = student.lessons.create(title="А", teacher=teacher, starts_at=NOON)
    teacher.lessons.filter(pk=made.pk).update(status="completed")
    teacher.lessons.all().delete()
    assert told() == ["created", "completed", "deleted"]


def test_get_or_create_and_update_or_create_tell_what_they_did(values: Values, told: Told) -> None:
    Lesson.objects.get_or_create(title="А", defaults=values | {"title": "А"})
    Lesson.objects.get_or_create(title="А", defaults=values)
    Lesson.objects.update_or_create(title="А", defaults={"status": "completed"})
    assert told() == ["created", "completed"]


def test_deleting_tells_once_for_each_row(values: Values, lesson: Lesson, told: Told) -> None:
    second = Lesson.objects.create(**values | at(1))
    Event.objects.all().delete()
    lesson.delete()
    Lesson.objects.filter(pk=second.pk).delete()
    assert told() == ["deleted", "deleted"]


def test_a_student_with_lessons_cannot_be_deleted_past_them(lesson: Lesson, told: Told) -> None:
    with pytest.raises(ProtectedError):
        lesson.student.delete()
    assert told() == []


def test_les_11_fixtures_tell_nothing(lesson: Lesson, told: Told, tmp_path: Path) -> None:
    lesson.status = "completed"
    fixture = tmp_path / "lessons.json"
    fixture.write_text(serializers.serialize("json", [lesson, Lesson(pk=lesson.pk + 1, **_columns(lesson))]))
    call_command("loaddata", str(fixture), verbosity=0)
    assert Lesson.objects.count() == 2
    assert Lesson.objects.get(pk=lesson.pk).status == "completed"
    assert told() == []


def test_les_08_a_rolled_back_transaction_leaves_no_event(values: Values, told: Told) -> None:
    with suppress(Undone), transaction.atomic():
        Lesson.objects.create(**values)
        assert told() == ["created"]
        raise Undone
    assert told() == []
    assert not Lesson.objects.exists()


def test_les_08_a_rolled_back_savepoint_takes_its_events_along(values: Values, told: Told) -> None:
    with transaction.atomic():
        kept = Lesson.objects.create(**values)
        with suppress(Undone), transaction.atomic():
            Lesson.objects.create(**values | at(1))
            kept.status = "completed"
            kept.save()
            raise Undone
    assert told() == ["created"]
    assert Lesson.objects.values_list("status", flat=True).get() == "planned"


def test_les_10_a_stale_save_cannot_turn_a_status_back(lesson: Lesson, told: Told) -> None:
    stale = Lesson.objects.get(pk=lesson.pk)
    lesson.status = "completed"
    lesson.save()
    stale.title = "late"
    with pytest.raises(Stale):
        stale.save()
    assert told() == ["completed"]
    assert Lesson.objects.values_list("status", "title").get() == ("completed", "Алгебра")


def test_les_13_every_passage_into_completed_is_told(lesson: Lesson, told: Told) -> None:
    for status in ("completed", "in_progress", "completed"):
        lesson.status = status
        lesson.save()
    assert told() == ["completed", "reopened", "completed"]


@pytest.mark.parametrize("status", ["planned", "rescheduled", "cancelled"])
def test_an_illegal_move_is_refused_also_by_save(lesson: Lesson, told: Told, status: str) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(status="completed")
    Event.objects.all().delete()
    lesson.refresh_from_db()
    lesson.status = status
    with pytest.raises(IllegalMove):
        lesson.save()
    assert told() == []
    assert Lesson.objects.values_list("status", flat=True).get() == "completed"


def test_les_b2_another_start_is_told_with_the_old_one(lesson: Lesson, told: Told) -> None:
    lesson.starts_at, lesson.timezone, lesson.status = NOON + timedelta(hours=2), "Asia/Tokyo", "rescheduled"
    lesson.save()
    event = Event.objects.get()
    assert event.type == "lessons.lesson_rescheduled.v1"
    assert (event.data["old_starts_at"], event.data["old_timezone"]) == ("2030-03-04T12:00:00Z", "Europe/Moscow")
    assert (event.data["starts_at"], event.data["timezone"]) == ("2030-03-04T14:00:00Z", "Asia/Tokyo")


def test_a_lesson_is_not_rescheduled_to_the_start_it_has(lesson: Lesson, told: Told) -> None:
    with pytest.raises(SameTime), transaction.atomic():
        Lesson.objects.update(status="rescheduled")
    assert told() == []


@pytest.mark.parametrize(
    "wrong", [{"status": "done"}, {"duration_minutes": 0}, {"duration_minutes": 1441}, {"title": ""}]
)
def test_the_database_itself_refuses_what_no_lesson_can_be(values: Values, told: Told, wrong: Values) -> None:
    with pytest.raises((IntegrityError, IllegalMove)), transaction.atomic():
        Lesson.objects.create(**values | wrong)
    assert told() == []


def _columns(lesson: Lesson) -> Values:
    names = ("title", "student_id", "teacher_id", "starts_at", "timezone", "duration_minutes")
    return {name: getattr(lesson, name) for name in names}
