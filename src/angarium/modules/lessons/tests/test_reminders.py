"""Reminders: which exist, when each is sent, and why one is not; also after an outage and in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from time_machine import Traveller, travel

from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.modules.lessons import actions
from angarium.modules.lessons.models import Lesson, Reminder, Student

from .conftest import NOON
from .reactions import catch_up

Values = dict[str, Any]
pytestmark = pytest.mark.django_db
WEEK_BEFORE, DAY, HOUR = NOON - timedelta(days=7), timedelta(days=1), timedelta(hours=1)
BEFORE = {("day_before", "student"), ("day_before", "teacher"), ("hour_before", "student"), ("hour_before", "teacher")}
SOON = {("starting_soon", "everyone")}
AFTER = {("feedback", "student"), ("feedback_due", "everyone")}


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """It stands still a week before NOON until it is moved."""
    with travel(WEEK_BEFORE, tick=False) as moved:
        yield moved


@pytest.fixture
def lesson(clock: Traveller, values: Values) -> Lesson:
    made = Lesson.objects.create(**values)
    catch_up()
    return made


def move(clock: Traveller, to: datetime) -> None:
    clock.move_to(to)
    catch_up()


def having(state: str, because: str = "") -> set[tuple[str, str]]:
    return set(Reminder.objects.filter(state=state, because=because).values_list("kind", "role"))


def letters() -> list[tuple[str, str]]:
    """The reminders' letters: (heading, to whom)."""
    rows = Delivery.objects.filter(key__startswith="lessons.reminder:").order_by("id")
    return list(rows.values_list("context__heading", "recipient_kind"))


def told(kind: str) -> int:
    return Event.objects.filter(type=f"lessons.lesson_{kind}.v1").count()


def test_les_b3_a_lesson_far_ahead_has_a_row_for_each_person_kind_and_version(lesson: Lesson) -> None:
    assert having("planned") == BEFORE | SOON
    assert set(Reminder.objects.values_list("lesson_version", flat=True)) == {1}
    waiting = Operation.objects.filter(kind="lessons.remind").values_list("state", flat=True)
    assert list(waiting) == ["scheduled"] * 5


def test_les_b3_each_is_sent_once_at_its_time(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON - DAY - timedelta(seconds=1))
    assert letters() == []
    move(clock, NOON - DAY)
    assert sorted(letters()) == [("Reminder: Алгебра", "student"), ("Reminder: Алгебра", "teacher")]
    move(clock, NOON - HOUR)
    move(clock, NOON - HOUR)
    assert len(letters()) == 4
    assert having("sent") == BEFORE


def test_les_b2_starting_soon_is_a_fact_that_is_told_once(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON - timedelta(minutes=15))
    move(clock, NOON - timedelta(minutes=10))
    event = Event.objects.get(type="lessons.lesson_starting_soon.v1")
    assert (event.subject, event.data["title"]) == (f"lessons.lesson:{lesson.pk}", "Алгебра")


def test_les_b3_a_reschedule_voids_what_was_planned(lesson: Lesson, clock: Traveller) -> None:
    actions.reschedule_lesson(lesson.pk, by=SYSTEM, starts_at=NOON + DAY)
    catch_up()
    assert having("voided", "moved") == having("planned") == BEFORE | SOON
    assert set(Reminder.objects.filter(state="planned").values_list("lesson_version", flat=True)) == {2}
    move(clock, NOON + timedelta(minutes=1))
    assert letters() == [("Reminder: Алгебра", "student"), ("Reminder: Алгебра", "teacher")]
    assert told("starting_soon") == 0
    assert Operation.objects.filter(kind="lessons.remind", state="cancelled").count() == 5


def test_les_b3_another_title_voids_nothing_and_the_letter_has_it(lesson: Lesson, clock: Traveller) -> None:
    actions.edit_lesson(lesson.pk, by=SYSTEM, title="Геометрия")
    move(clock, NOON - DAY)
    assert {heading for heading, _ in letters()} == {"Reminder: Геометрия"}
    assert not Reminder.objects.filter(state="voided").exists()


def test_les_b3_what_was_due_before_the_lesson_was_entered_is_not_sent(clock: Traveller, values: Values) -> None:
    clock.move_to(NOON - timedelta(minutes=30))
    with capture_logs() as lines:
        Lesson.objects.create(**values)
        catch_up()
    assert (having("skipped", "late"), having("planned")) == (BEFORE, SOON)
    assert [line["because"] for line in lines if line["event"] == "lessons.reminder_not_sent"] == ["late"] * 4
    assert letters() == []


def test_les_b3_after_an_outage_what_is_due_is_sent_late(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON - timedelta(minutes=1))
    assert having("sent") == BEFORE | SOON
    assert (len(letters()), told("starting_soon")) == (4, 1)


def test_les_b3_an_outage_in_which_the_lesson_was_entered_is_no_late_entry(clock: Traveller, values: Values) -> None:
    Lesson.objects.create(**values)
    move(clock, NOON - timedelta(minutes=30))
    assert having("sent") == BEFORE
    assert having("planned") == SOON


def test_les_b3_an_outage_past_the_start_leaves_the_reason(lesson: Lesson, clock: Traveller) -> None:
    with capture_logs() as lines:
        move(clock, NOON)
    assert having("skipped", "begun") == BEFORE | SOON
    assert (letters(), told("starting_soon")) == ([], 0)
    assert [line["because"] for line in lines if line["event"] == "lessons.reminder_not_sent"] == ["begun"] * 5


@pytest.mark.parametrize("verb", [actions.cancel_lesson, actions.start_lesson, actions.mark_no_show])
def test_les_b3_a_lesson_that_is_not_ahead_any_more_reminds_of_nothing(
    lesson: Lesson, clock: Traveller, verb: Any
) -> None:
    verb(lesson.pk, by=SYSTEM)
    move(clock, NOON - timedelta(minutes=1))
    assert having("voided", "not_ahead") == BEFORE | SOON
    assert letters() == []


def test_les_b3_a_deleted_lesson_takes_its_reminders_along(lesson: Lesson, clock: Traveller) -> None:
    actions.delete_lesson(lesson.pk, by=SYSTEM)
    move(clock, NOON - HOUR)
    assert (Reminder.objects.count(), letters()) == (0, [])


def test_les_b3_another_student_gets_the_reminders_and_the_first_one_gets_none(
    lesson: Lesson, clock: Traveller
) -> None:
    other = Student.objects.create(name="Б", email="b@example.org")
    actions.edit_lesson(lesson.pk, by=SYSTEM, student_id=other.pk)
    move(clock, NOON - DAY)
    assert having("voided", "handed_over") == {("day_before", "student"), ("hour_before", "student")}
    told_to = set(Delivery.objects.filter(key__startswith="lessons.reminder:").values_list("recipient_name", flat=True))
    assert told_to == {"Б", "Елена"}


def test_les_b3_handed_over_and_back_the_first_one_is_reminded_once(lesson: Lesson, clock: Traveller) -> None:
    other = Student.objects.create(name="Б", email="b@example.org")
    for student in (other.pk, lesson.student_id):
        actions.edit_lesson(lesson.pk, by=SYSTEM, student_id=student)
        catch_up()
    move(clock, NOON - DAY)
    assert sorted(letters()) == [("Reminder: Алгебра", "student"), ("Reminder: Алгебра", "teacher")]


def test_les_b3_the_old_time_again_is_a_new_version_and_nothing_is_sent_twice(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON - DAY)
    for start in (NOON + DAY, NOON):
        actions.reschedule_lesson(lesson.pk, by=SYSTEM, starts_at=start)
    move(clock, NOON - HOUR)
    assert [heading for heading, _ in letters()] == ["Reminder: Алгебра"] * 4
    assert having("skipped", "late") == {("day_before", "student"), ("day_before", "teacher")}


def test_les_b2_b3_feedback_is_asked_for_an_hour_after_completion(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON + HOUR)
    actions.complete_lesson(lesson.pk, by=SYSTEM)
    move(clock, NOON + 2 * HOUR - timedelta(seconds=1))
    assert having("planned") == AFTER
    move(clock, NOON + 2 * HOUR)
    move(clock, NOON + DAY)
    assert having("sent") == AFTER
    assert letters() == [("How was the lesson? Алгебра", "student")]
    assert told("feedback_due") == 1


def test_les_b3_a_reopened_lesson_asks_only_after_it_is_completed_again(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON + HOUR)
    actions.complete_lesson(lesson.pk, by=SYSTEM)
    catch_up()
    actions.reopen_lesson(lesson.pk, by=SYSTEM)
    move(clock, NOON + 3 * HOUR)
    assert having("voided", "not_held") == AFTER
    actions.complete_lesson(lesson.pk, by=SYSTEM)
    move(clock, NOON + 4 * HOUR)
    assert (letters(), told("feedback_due")) == ([("How was the lesson? Алгебра", "student")], 1)


def test_les_b3_of_history_that_was_typed_in_nobody_is_asked(clock: Traveller, values: Values) -> None:
    Lesson.objects.create(**values | {"starts_at": WEEK_BEFORE - timedelta(days=30)}, status="completed")
    catch_up()
    assert having("skipped", "late") == AFTER


def test_les_b3_a_letter_that_still_waits_for_the_morning_is_recalled(lesson: Lesson, clock: Traveller) -> None:
    move(clock, NOON - DAY)
    assert set(Delivery.objects.filter(key__startswith="lessons.reminder:").values_list("state", flat=True)) == {
        "queued"
    }
    actions.reschedule_lesson(lesson.pk, by=SYSTEM, starts_at=NOON + DAY)
    catch_up()
    waiting = Delivery.objects.filter(key__startswith="lessons.reminder:")
    assert set(waiting.values_list("state", flat=True)) == {"cancelled"}
    assert having("voided", "moved") == BEFORE | SOON


@pytest.mark.django_db(transaction=True)
def test_les_b3_a_real_worker_sends_what_is_due_and_only_once(values: Values) -> None:
    Lesson.objects.create(**values)
    with working():
        settled()
        assert having("planned") == BEFORE | SOON
        bring_forward("lessons.remind")
        settled()
    assert having("sent") == BEFORE | SOON
    assert (len(letters()), told("starting_soon")) == (4, 1)
