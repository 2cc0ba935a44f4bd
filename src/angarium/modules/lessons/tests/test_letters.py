"""Letters about lessons: who gets which, in whose language and on whose clock, with what for their calendars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from icalendar import Calendar

from angarium.engine.delivery.public import Delivery, Message
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.events.public import Event
from angarium.engine.identity.public import SYSTEM
from angarium.engine.identity.testing import make_person
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.modules.lessons import actions
from angarium.modules.lessons.models import Lesson, Student

from .conftest import NOON, at

Values = dict[str, Any]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post() -> Iterator[FakeChannel]:
    """A real worker, and a post office that takes every letter."""
    channel = FakeChannel()
    with channel_replaced("email", channel), working():
        yield channel


def letters(post: FakeChannel) -> list[Message]:
    """What was written since one last asked, students before teachers."""
    settled()
    found = sorted(post.taken, key=lambda message: message.to.kind)
    post.taken.clear()
    return found


def entry_of(message: Message) -> tuple[str, Any]:
    """The method and the event of the calendar object that is enclosed."""
    [enclosed] = message.attachments
    read = Calendar.from_ical(enclosed.text)
    method = str(read["METHOD"])
    assert enclosed.media_type == f"text/calendar; method={method}"
    return method, read.walk("VEVENT")[0]


def test_les_b6_b7_a_new_lesson_is_written_to_both_with_its_entry(values: Values, post: FakeChannel) -> None:
    lesson = Lesson.objects.create(**values)
    student, teacher = letters(post)
    assert (student.to.address, teacher.to.address) == ("anna@example.org", "elena@example.org")
    assert student.subject == "Lesson planned: Алгебра, Monday, 4 March 2030, 15:00–16:00"
    assert teacher.subject == "Lesson planned: Алгебра, Monday, 4 March 2030, 12:00–13:00 (UTC)"
    assert "A lesson with Елена is planned." in student.body
    assert "A lesson with Анна is planned." in teacher.body
    assert "<strong>Алгебра</strong><br>Monday, 4 March 2030, 15:00–16:00" in student.html
    method, event = entry_of(student)
    assert (method, event["SEQUENCE"], event["DTSTART"].dt) == ("REQUEST", 1, NOON)
    assert event["UID"] == f"lesson-{lesson.pk}@localhost"


def test_les_b4_b7_a_letter_is_in_the_language_of_the_person(values: Values, post: FakeChannel) -> None:
    person = make_person(language="ru")
    Student.objects.filter(pk=values["student"].pk).update(person=person.id)
    Lesson.objects.create(**values)
    student, teacher = letters(post)
    assert (student.to.language, teacher.to.language) == ("ru", "en")
    assert student.subject.endswith("Алгебра, Понедельник, 4 марта 2030, 15:00–16:00")
    assert teacher.subject.endswith("Алгебра, Monday, 4 March 2030, 12:00–13:00 (UTC)")


HELLO = "Здравствуйте, Анна,"
MOVED = "У урока другое время, второй участник: Елена. Прежде было: Понедельник, 4 марта 2030, 15:00."
CALLED_OFF = "Урок не состоится, второй участник: Елена."
FOOT = "Это письмо написала программа; ответы на него никто не читает."


def words_of(html: str) -> str:
    """What a mail program shows of the body, without its tags, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<body")[2].partition(">")[2])).split())


def test_les_b7_a_russian_reader_gets_whole_letters_in_russian(lesson: Lesson, post: FakeChannel) -> None:
    person = make_person(language="ru")
    Student.objects.filter(pk=lesson.student_id).update(person=person.id)
    actions.reschedule_lesson(lesson.pk, by=SYSTEM, starts_at=NOON + timedelta(days=1))
    moved, _ = letters(post)
    actions.cancel_lesson(lesson.pk, by=SYSTEM, because="Учитель «болен»")
    cancelled, _ = letters(post)
    when = "Вторник, 5 марта 2030, 15:00–16:00"
    assert moved.subject == f"Урок перенесён: Алгебра, {when}"
    assert moved.body == f"{HELLO}\n\n{MOVED}\n\nАлгебра\n{when}"
    assert words_of(moved.html) == f"{moved.subject} {HELLO} {MOVED} Алгебра {when} {FOOT}"
    assert cancelled.subject == f"Урок отменён: Алгебра, {when}"
    assert cancelled.body == f"{HELLO}\n\n{CALLED_OFF}\n\nАлгебра\n{when}\n\nПричина: Учитель «болен»"
    assert words_of(cancelled.html) == (
        f"{cancelled.subject} {HELLO} {CALLED_OFF} Алгебра {when} Причина: Учитель «болен» {FOOT}"
    )


def test_les_b6_every_change_that_calendars_must_see_has_a_greater_sequence(values: Values, post: FakeChannel) -> None:
    lesson = Lesson.objects.create(**values)
    actions.edit_lesson(lesson.pk, by=SYSTEM, title="Геометрия")
    actions.reschedule_lesson(lesson.pk, by=SYSTEM, starts_at=NOON + timedelta(days=1))
    actions.edit_lesson(lesson.pk, by=SYSTEM, duration_minutes=90)
    actions.cancel_lesson(lesson.pk, by=SYSTEM, because="ill")
    entries = [entry_of(message) for message in letters(post) if message.to.kind == "student"]
    by_sequence = sorted((int(event["SEQUENCE"]), method) for method, event in entries)
    assert by_sequence == [(1, "REQUEST"), (2, "REQUEST"), (3, "REQUEST"), (4, "REQUEST"), (5, "CANCEL")]
    assert len({event["UID"] for _, event in entries}) == 1
    latest = max((event for _, event in entries), key=lambda event: int(event["SEQUENCE"]))
    assert (latest["STATUS"], latest["DTSTART"].dt) == ("CANCELLED", NOON + timedelta(days=1))


def test_les_b7_a_rescheduling_says_the_old_time_and_the_new(lesson: Lesson, post: FakeChannel) -> None:
    actions.reschedule_lesson(lesson.pk, by=SYSTEM, starts_at=NOON + timedelta(days=1))
    student, _ = letters(post)
    assert student.subject == "Lesson moved: Алгебра, Tuesday, 5 March 2030, 15:00–16:00"
    assert "It was to be: Monday, 4 March 2030, 15:00." in student.body


def test_les_b7_a_cancellation_says_why(lesson: Lesson, post: FakeChannel) -> None:
    actions.cancel_lesson(lesson.pk, by=SYSTEM, because="The teacher is <ill>")
    student, _ = letters(post)
    assert "Reason: The teacher is <ill>" in student.body
    assert "Reason: The teacher is &lt;ill&gt;" in student.html


def test_les_b7_completion_is_written_to_the_student_without_an_entry(lesson: Lesson, post: FakeChannel) -> None:
    actions.complete_lesson(lesson.pk, by=SYSTEM)
    [student] = letters(post)
    assert (student.to.kind, student.attachments) == ("student", ())
    assert student.subject.startswith("Lesson completed: Алгебра")


@pytest.mark.parametrize("verb", [actions.confirm_lesson, actions.start_lesson, actions.mark_no_show])
def test_les_b7_other_moves_are_not_written_about(lesson: Lesson, post: FakeChannel, verb: Any) -> None:
    verb(lesson.pk, by=SYSTEM)
    assert letters(post) == []


def test_les_b6_who_loses_a_lesson_loses_the_entry_and_who_gets_it_gets_one(lesson: Lesson, post: FakeChannel) -> None:
    other = Student.objects.create(name="Борис", email="boris@example.org")
    actions.edit_lesson(lesson.pk, by=SYSTEM, student_id=other.pk)
    written = {message.to.name: entry_of(message)[0] for message in letters(post)}
    assert written == {"Анна": "CANCEL", "Борис": "REQUEST", "Елена": "REQUEST"}


def test_les_b6_one_write_that_moves_and_edits_is_one_letter_for_each(lesson: Lesson, post: FakeChannel) -> None:
    actions.edit_lesson(lesson.pk, by=SYSTEM, title="Геометрия", starts_at=NOON + timedelta(days=1))
    assert [message.subject.partition(":")[0] for message in letters(post)] == ["Lesson moved"] * 2


def test_les_b6_deleting_a_lesson_that_is_ahead_takes_it_out_of_calendars(values: Values, post: FakeChannel) -> None:
    ahead, cancelled = Lesson.objects.create(**values), Lesson.objects.create(**values | at(5), status="cancelled")
    letters(post)
    for lesson in (ahead, cancelled):
        actions.delete_lesson(lesson.pk, by=SYSTEM)
    assert [(entry_of(message)[0], entry_of(message)[1]["UID"]) for message in letters(post)] == [
        ("CANCEL", f"lesson-{ahead.pk}@localhost")
    ] * 2


@pytest.mark.parametrize("status", ["planned", "completed", "cancelled"])
def test_les_b6_history_that_is_typed_in_is_written_to_nobody(values: Values, post: FakeChannel, status: str) -> None:
    Lesson.objects.create(**values | {"starts_at": NOON - timedelta(days=3650)}, status=status)
    assert letters(post) == []


def test_les_b7_reminders_are_letters_that_expire_with_the_start(values: Values, post: FakeChannel) -> None:
    Lesson.objects.create(**values)
    letters(post)
    bring_forward("lessons.remind")
    assert [(message.to.kind, message.subject.partition(":")[0]) for message in letters(post)] == [
        ("student", "Reminder"),
        ("student", "Reminder"),
        ("teacher", "Reminder"),
        ("teacher", "Reminder"),
    ]
    rows = Delivery.objects.filter(topic="lessons.reminder")
    assert set(rows.values_list("not_after", flat=True)) == {NOON}


def test_les_b7_a_letter_is_written_once_for_each_event_whatever_is_tried_again(
    values: Values, post: FakeChannel
) -> None:
    Lesson.objects.create(**values)
    letters(post)
    Event.objects.update(position=None)
    assert letters(post) == []
