"""What comes from other deployments: each event is there once, and the sender is told what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from angarium.contracts.event import dump
from angarium.contracts.lessons import LessonCreated
from angarium.engine.events.public import Event, stamp
from angarium.engine.events.testing import together
from angarium.engine.tasks.celery import app
from angarium.engine.tasks.forward.envelope import Receipt
from angarium.engine.tasks.forward.incoming import take_events
from angarium.engine.tasks.forward.wire import Wire
from angarium.engine.tasks.inbox import Unreadable

needs_commits = pytest.mark.django_db(transaction=True)
AT = datetime(2030, 1, 1, 10, tzinfo=UTC)
LESSON = LessonCreated(
    lesson_id=5, student_id=7, teacher_id=3, title="Алгебра", starts_at=AT, timezone="UTC", duration_minutes=60
)


@pytest.fixture(autouse=True)
def _as_projects(settings: Any) -> Iterator[None]:
    settings.FORWARD_FROM = ("lessons",)
    settings.ANGARIUM_MODULES = {"projects": "angarium.modules.projects"}
    yield
    answers()  # so that the next test finds none


def event(**changes: Any) -> dict[str, Any]:
    """A lesson's event as it comes over the wire."""
    told = {
        "uid": str(uuid4()),
        "type": LessonCreated.type,
        "subject": LESSON.subject,
        "subject_version": 1,
        "data": dump(LESSON),
        "actor": str(uuid4()),
        "actor_name": "Олег",
        "request_id": "r1",
        "at": "2030-01-01T09:00:00Z",
    }
    return {**told, **changes}


def message(*events: Any, **changes: Any) -> dict[str, Any]:
    parcels = [{"operation": str(UUID(int=n)), "epoch": 1, "event": one} for n, one in enumerate(events)]
    return {"v": 1, "sender": "lessons", "parcels": parcels, **changes}


def answers(sender: str = "lessons") -> list[Receipt]:
    """What the sender would hear."""
    wire = Wire(app.conf.broker_url)
    wire.open()
    heard = []
    while (found := wire.heard(sender)) is not None:
        found[0].ack()
        heard += found[1]
    wire.hang_up()
    return heard


def refusals() -> list[str]:
    return [one.refused for one in answers()]


@needs_commits
def test_pm_22_an_event_is_kept_under_its_uid_and_the_sender_told() -> None:
    told = event()
    take_events(message(told))
    kept = Event.objects.get()
    assert (str(kept.uid), kept.type, kept.subject, kept.subject_version) == (
        told["uid"], LessonCreated.type, "lessons.lesson:5", 1,
    )  # fmt: skip
    assert (kept.data, str(kept.actor), kept.actor_name, kept.request_id) == (
        dump(LESSON), told["actor"], "Олег", "r1",
    )  # fmt: skip
    assert kept.at == datetime(2030, 1, 1, 9, tzinfo=UTC)
    assert answers() == [Receipt(operation=UUID(int=0), epoch=1)]
    assert stamp() == 1


@needs_commits
def test_pm_22_an_event_that_comes_again_is_there_once_and_told_again() -> None:
    told = event()
    for _ in range(3):
        take_events(message(told))
    take_events(message(told, told))
    assert Event.objects.count() == 1
    assert refusals() == [""] * 5


@needs_commits
def test_pm_22_the_same_event_from_four_at_once_is_there_once() -> None:
    told = event()
    assert together(*[lambda: take_events(message(told))] * 4) == [None] * 4
    assert Event.objects.count() == 1
    assert refusals() == [""] * 4


@needs_commits
def test_pm_22_another_event_about_the_same_version_is_refused_and_holds_up_no_other() -> None:
    first, other, next_one = event(), event(), event(subject_version=2)
    take_events(message(first))
    take_events(message(other, next_one))
    assert refusals() == ["", "Another event says the same of version 1 of lessons.lesson:5.", ""]
    assert Event.objects.count() == 2


@needs_commits
@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"type": "lessons.lesson_taught.v9"}, "This release does not know lessons.lesson_taught.v9."),
        ({"type": "projects.project_created.v1"}, "projects.project_created.v1 is about a module that runs here."),
        ({"subject": "lessons.lesson:6"}, "is about lessons.lesson:5, not about lessons.lesson:6."),
        ({"data": {}}, "missing required field"),
        ({"data": {**dump(LESSON), "title": "a\0b"}}, "It has a NUL in it."),
        ({"data": {**dump(LESSON), "title": "\ud800"}}, "surrogate pair"),
        ({"data": {**dump(LESSON), "more": float("nan")}}, "not JSON compliant"),
        ({"uid": "5"}, "UUID"),
        ({"at": "2030-01-01T09:00:00"}, "timezone"),
        ({"actor_name": "я" * 201}, "length"),
        ({"subject_version": -1}, ">= 0"),
        ({"subject_version": 2**63}, "int"),
    ],
)
def test_pm_22_what_cannot_be_taken_is_refused_with_a_sentence(changes: dict[str, Any], because: str) -> None:
    take_events(message(event(**changes), event()))
    first, second = refusals()
    assert because.lower() in first.lower()
    assert second == ""
    assert Event.objects.count() == 1


@needs_commits
@pytest.mark.parametrize("odd", [None, [], 5, "event", {}, {"uid": 1}, [[[[]]]]])
def test_pm_22_what_is_no_event_at_all_is_refused_too(odd: Any) -> None:
    take_events(message(odd))
    assert [bool(because) for because in refusals()] == [True]


@needs_commits
@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        "events",
        {},
        {"v": 2, "sender": "lessons", "parcels": []},
        {"v": 1, "sender": "lessons; drop", "parcels": []},
        {"v": 1, "sender": "strangers", "parcels": []},
        {"v": 1, "sender": "lessons", "parcels": [{"operation": "1", "epoch": 1, "event": {}}]},
        {"v": 1, "sender": "lessons", "parcels": [{"operation": str(UUID(int=1)), "epoch": -1, "event": {}}]},
    ],
)
def test_pm_22_a_message_that_nobody_could_answer_is_a_dead_letter(odd: Any) -> None:
    with pytest.raises(Unreadable):
        take_events(odd)
    assert not Event.objects.exists()
