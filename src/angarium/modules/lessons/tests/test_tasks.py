"""Telling the student: which events start it, the line it ends in, and what happens when it cannot be done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from structlog.testing import capture_logs

from angarium.engine.delivery.public import Delivery, TemporaryFailure
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM
from angarium.engine.identity.testing import client_with_token
from angarium.engine.ledger.public import DeadLetter, Operation, retry
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.modules.lessons import actions
from angarium.modules.lessons.models import Lesson

from .conftest import at

Values = dict[str, Any]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A real worker and a real relay in this process."""
    with working():
        yield


class Lines(logging.Handler):
    """The lines that the log channel wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler, log = Lines(), logging.getLogger("angarium.notifications")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler.lines
    log.removeHandler(handler)
    log.setLevel(level)


def the_line(lesson: Lesson) -> str:
    return f"Уведомление отправлено студенту {lesson.student_id} по уроку {lesson.title}"


def test_les_02_creation_is_told_to_the_student(values: Values, worker: None, lines: list[str]) -> None:
    lesson = Lesson.objects.create(**values)
    settled()
    assert lines == [the_line(lesson)]
    assert Delivery.objects.values_list("state", "recipient_id", "subject").get(channel="log") == (
        "sent",
        str(lesson.student_id),
        f"lessons.lesson:{lesson.id}",
    )


def test_les_02_a_lesson_entered_as_completed_is_told_of_twice(values: Values, worker: None, lines: list[str]) -> None:
    lesson = Lesson.objects.create(**values, status="completed")
    settled()
    assert lines == [the_line(lesson)] * 2
    told = Delivery.objects.filter(channel="log").order_by("id").values_list("context__event", flat=True)
    assert list(told) == ["lessons.lesson_created.v1", "lessons.lesson_completed.v1"]


def test_les_03_completion_is_told_and_editing_it_afterwards_is_not(
    lesson: Lesson, worker: None, lines: list[str]
) -> None:
    actions.complete_lesson(lesson.id, by=SYSTEM)
    settled()
    assert lines == [the_line(lesson)]
    lesson.refresh_from_db()
    lesson.save()
    actions.edit_lesson(lesson.id, by=SYSTEM, title="Геометрия")
    settled()
    assert len(lines) == 1
    assert Operation.objects.filter(kind="lessons.notify_student").count() == 1


@pytest.mark.parametrize("verb", [actions.confirm_lesson, actions.start_lesson, actions.cancel_lesson])
def test_les_03_other_moves_are_not_told(
    lesson: Lesson, worker: None, lines: list[str], verb: Callable[..., Lesson]
) -> None:
    verb(lesson.id, by=SYSTEM)
    settled()
    assert lines == []
    assert not Operation.objects.filter(kind="lessons.notify_student").exists()


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("a\nУведомление отправлено студенту 1 по уроку б", "a\\nУведомление отправлено студенту 1 по уроку б"),
        ("a\r\x1b[2K\u2028b\x85", "a\\r\\x1b[2K\\u2028b\\x85"),
        ("100% %s %(a)s {} {0} {{ to.id }} {% now 'Y' %}", "100% %s %(a)s {} {0} {{ to.id }} {% now 'Y' %}"),
        ("<b>&amp;'\"", "<b>&amp;'\""),
    ],
)
def test_les_04_no_title_forges_or_breaks_the_line(
    values: Values, worker: None, lines: list[str], title: str, shown: str
) -> None:
    """The API refuses such titles; a row made in a shell or by an import may still have one."""
    lesson = Lesson.objects.create(**values | {"title": title})
    settled()
    assert lines == [f"Уведомление отправлено студенту {lesson.student_id} по уроку {shown}"]


def test_les_05_the_request_itself_does_none_of_the_work(values: Values, lines: list[str]) -> None:
    """Without a worker the answer is the same and the work waits; DEBUG changes nothing about that."""
    sent = {"title": "А", "student_id": values["student"].id, "teacher_id": values["teacher"].id}
    with override_settings(DEBUG=True):
        answer = client_with_token("*").post(
            "/api/lessons/lessons/", sent | {"starts_at": "2030-03-04T12:00:00Z"}, content_type="application/json"
        )
    assert answer.status_code == 201
    assert (Event.objects.count(), Operation.objects.count(), lines) == (1, 0, [])
    with working():
        settled()
    assert lines == [the_line(Lesson.objects.get())]


def test_les_07_delivery_is_tried_again_with_growing_gaps(lesson: Lesson, worker: None) -> None:
    channel, gaps = FakeChannel(TemporaryFailure(), TemporaryFailure()), []
    with channel_replaced("log", channel):
        actions.complete_lesson(lesson.id, by=SYSTEM)
        settled()
        while waiting := bring_forward("delivery.deliver"):
            gaps += waiting
            settled()
    assert len(channel.attempts) == 3
    assert len({message.id for message in channel.attempts}) == 1
    assert len(channel.taken) == 1
    assert timedelta(seconds=1) < gaps[0] < timedelta(seconds=3) < gaps[1] < timedelta(seconds=6)
    assert Delivery.objects.values_list("state", "attempts").get(channel="log") == ("sent", 3)


def test_les_07_what_never_succeeds_ends_in_a_visible_state(lesson: Lesson, worker: None) -> None:
    channel = FakeChannel(always=TemporaryFailure("The provider is away."))
    with channel_replaced("log", channel):
        actions.complete_lesson(lesson.id, by=SYSTEM)
        settled()
        while bring_forward("delivery.deliver"):
            settled()
    operation = Operation.objects.get(id=Delivery.objects.get(channel="log").operation)
    assert (operation.state, operation.claims) == ("failed", 5)
    assert len(channel.attempts) == 5
    assert "The provider is away." in DeadLetter.objects.get().reason
    assert Delivery.objects.get(channel="log").state == "failed"


def test_les_12_a_lesson_deleted_before_it_is_told_of_ends_the_task(lesson: Lesson, lines: list[str]) -> None:
    actions.complete_lesson(lesson.id, by=SYSTEM)
    actions.delete_lesson(lesson.id, by=SYSTEM)
    with capture_logs() as said, working():
        settled()
    operation = Operation.objects.get(kind="lessons.notify_student")
    assert (operation.state, operation.claims) == ("cancelled", 1)
    assert operation.message == "The lesson was deleted before its student was told."
    assert [entry["lesson_id"] for entry in said if entry["log_level"] == "warning"] == [lesson.id]
    assert lines == []
    assert not Delivery.objects.filter(channel="log").exists()


def test_les_08_nobody_is_told_of_what_was_rolled_back(values: Values, worker: None, lines: list[str]) -> None:
    with transaction.atomic():
        Lesson.objects.create(**values)
        transaction.set_rollback(True)
    settled()
    assert (lines, Event.objects.count(), Operation.objects.count()) == ([], 0, 0)


def test_les_09_accepted_work_waits_in_the_database_until_somebody_carries_it(values: Values, lines: list[str]) -> None:
    """No broker is asked when a lesson is saved; the relay finds the event whenever it comes."""
    lesson = Lesson.objects.create(**values)
    assert Event.objects.filter(position__isnull=True).count() == 1
    with working():
        settled()
    assert lines == [the_line(lesson)]


def test_les_10_of_twenty_parallel_completions_one_is_told(lesson: Lesson, worker: None, lines: list[str]) -> None:
    together(*[lambda: actions.complete_lesson(lesson.id, by=SYSTEM)] * 20)
    settled()
    assert lines == [the_line(lesson)]


def test_les_11_a_bulk_update_is_told_for_each_row(values: Values, worker: None, lines: list[str]) -> None:
    made = [Lesson.objects.create(**values | at(hour) | {"title": title}) for hour, title in enumerate("абв")]
    settled()
    lines.clear()
    Lesson.objects.filter(title__in="аб").update(status="completed")
    settled()
    assert sorted(lines) == [the_line(made[0]), the_line(made[1])]


def test_les_13_every_passage_into_completed_is_told_once(lesson: Lesson, worker: None, lines: list[str]) -> None:
    for verb in (actions.complete_lesson, actions.reopen_lesson, actions.complete_lesson):
        verb(lesson.id, by=SYSTEM)
        settled()
    assert lines == [the_line(lesson)] * 2


def test_les_14_row_and_line_are_there_once_also_when_the_work_is_asked_for_again(
    lesson: Lesson, worker: None, lines: list[str]
) -> None:
    actions.complete_lesson(lesson.id, by=SYSTEM)
    settled()
    for operation in Operation.objects.filter(state="succeeded"):
        retry(operation.id, SYSTEM)
    settled()
    ended = Operation.objects.exclude(kind="lessons.remind")
    assert set(ended.values_list("state", flat=True)) == {"succeeded"}
    assert lines == [the_line(lesson)]
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["email", "log"]
