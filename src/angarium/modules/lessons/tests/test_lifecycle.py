"""The lifecycle as a table: each move, legal or not, and the events that each change means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from angarium.contracts import lessons as contract
from angarium.contracts.event import dump, load
from angarium.kernel.transitions import IllegalMove
from angarium.modules.lessons.errors import SameTime
from angarium.modules.lessons.lifecycle import LIFECYCLE, LessonSnapshot, Status, events_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLANNED = LessonSnapshot(
    id=5,
    title="Алгебра",
    student_id=7,
    teacher_id=3,
    starts_at=NOON,
    timezone="Europe/Moscow",
    duration_minutes=60,
    status="planned",
    cancelled_because="",
)
FACTS = {
    "lesson_id": 5,
    "title": "Алгебра",
    "student_id": 7,
    "teacher_id": 3,
    "starts_at": NOON,
    "timezone": "Europe/Moscow",
    "duration_minutes": 60,
    "status": "planned",
}


def lesson(**changes: Any) -> LessonSnapshot:
    return replace(PLANNED, **changes)


def names(before: LessonSnapshot | None, after: LessonSnapshot | None) -> list[str]:
    return [type(event).__name__ for event in events_of(before, after)]


def test_les_b1_every_status_is_in_the_table_and_has_a_word_for_people() -> None:
    assert set(LIFECYCLE.states) == set(Status.values)
    assert set(Status.values) == {
        *("planned", "confirmed", "in_progress", "completed", "cancelled", "no_show", "rescheduled"),
    }
    assert LIFECYCLE.terminal == {"cancelled"}


MOVED = {
    ("planned", "confirmed"): ["LessonConfirmed"],
    ("planned", "in_progress"): ["LessonStarted"],
    ("planned", "completed"): ["LessonCompleted"],
    ("planned", "no_show"): ["LessonMissed"],
    ("planned", "cancelled"): ["LessonCancelled"],
    ("confirmed", "in_progress"): ["LessonStarted"],
    ("confirmed", "completed"): ["LessonCompleted"],
    ("confirmed", "no_show"): ["LessonMissed"],
    ("confirmed", "cancelled"): ["LessonCancelled"],
    ("rescheduled", "confirmed"): ["LessonConfirmed"],
    ("rescheduled", "in_progress"): ["LessonStarted"],
    ("rescheduled", "completed"): ["LessonCompleted"],
    ("rescheduled", "no_show"): ["LessonMissed"],
    ("rescheduled", "cancelled"): ["LessonCancelled"],
    ("in_progress", "completed"): ["LessonCompleted"],
    ("in_progress", "no_show"): ["LessonMissed"],
    ("in_progress", "cancelled"): ["LessonCancelled"],
    ("completed", "in_progress"): ["LessonReopened"],
}
RESCHEDULED_FROM = {"planned", "confirmed", "rescheduled", "no_show"}
PAIRS = [(a, b) for a in LIFECYCLE.states for b in LIFECYCLE.states]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_les_13_each_change_of_status_means_its_event_or_is_refused(before: str, after: str) -> None:
    old, new = lesson(status=before), lesson(status=after)
    if before == after:
        assert names(old, new) == []
    elif (before, after) in MOVED:
        assert names(old, new) == MOVED[before, after]
    elif after == "rescheduled" and before in RESCHEDULED_FROM:
        with pytest.raises(SameTime):
            events_of(old, new)
    else:
        with pytest.raises(IllegalMove) as refusal:
            events_of(old, new)
        assert refusal.value.details["allowed"] == list(LIFECYCLE.moves[before])


@pytest.mark.parametrize("before", LIFECYCLE.states)
def test_another_start_with_the_status_rescheduled_is_a_rescheduling_or_refused(before: str) -> None:
    old = lesson(status=before)
    new = lesson(status="rescheduled", starts_at=NOON + timedelta(hours=1), timezone="Asia/Tokyo")
    if before not in RESCHEDULED_FROM:
        with pytest.raises(IllegalMove):
            events_of(old, new)
        return
    assert list(events_of(old, new)) == [
        contract.LessonRescheduled(
            **FACTS | {"starts_at": NOON + timedelta(hours=1), "timezone": "Asia/Tokyo", "status": "rescheduled"},
            old_starts_at=NOON,
            old_timezone="Europe/Moscow",
        )
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("planned", ["LessonRescheduled"]),
        ("confirmed", ["LessonRescheduled"]),
        ("rescheduled", ["LessonRescheduled"]),
        ("in_progress", ["LessonUpdated"]),
        ("completed", ["LessonUpdated"]),
        ("no_show", ["LessonUpdated"]),
        ("cancelled", ["LessonUpdated"]),
    ],
)
def test_another_start_alone_reschedules_what_is_ahead_and_corrects_what_is_past(
    status: str, expected: list[str]
) -> None:
    assert names(lesson(status=status), lesson(status=status, starts_at=NOON + timedelta(days=1))) == expected


def test_a_new_lesson_is_created() -> None:
    assert list(events_of(None, PLANNED)) == [contract.LessonCreated(**FACTS)]


@pytest.mark.parametrize(
    ("status", "then"),
    [
        ("confirmed", "LessonConfirmed"),
        ("in_progress", "LessonStarted"),
        ("completed", "LessonCompleted"),
        ("no_show", "LessonMissed"),
        ("cancelled", "LessonCancelled"),
    ],
)
def test_les_02_a_lesson_entered_in_another_status_is_created_and_then_moved(status: str, then: str) -> None:
    assert names(None, lesson(status=status)) == ["LessonCreated", then]


@pytest.mark.parametrize("status", ["rescheduled", "", "COMPLETED", "done"])
def test_les_b1_a_lesson_cannot_be_entered_in_a_status_that_needs_a_past(status: str) -> None:
    with pytest.raises(IllegalMove) as refusal:
        events_of(None, lesson(status=status))
    assert refusal.value.details["allowed"] == list(LIFECYCLE.initial)


@pytest.mark.parametrize("status", LIFECYCLE.states)
def test_a_lesson_can_be_deleted_in_any_status(status: str) -> None:
    assert list(events_of(lesson(status=status), None)) == [contract.LessonDeleted(**FACTS | {"status": status})]


def test_les_03_a_completed_lesson_saved_again_or_edited_is_not_completed_again() -> None:
    completed = lesson(status="completed")
    assert list(events_of(completed, completed)) == []
    assert list(events_of(completed, lesson(status="completed", title="Геометрия"))) == [
        contract.LessonUpdated(**FACTS | {"title": "Геометрия", "status": "completed"}, changed=("title",))
    ]


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"title": "Б"}, ("title",)),
        ({"student_id": 8}, ("student_id",)),
        ({"teacher_id": 4, "duration_minutes": 30}, ("duration_minutes", "teacher_id")),
        ({"timezone": "UTC"}, ("timezone",)),
    ],
)
def test_a_change_without_an_event_of_its_own_names_its_fields(
    changes: dict[str, Any], changed: tuple[str, ...]
) -> None:
    old: dict[str, Any] = {f"old_{name}": FACTS[name] for name in ("student_id", "teacher_id") if name in changes}
    assert list(events_of(PLANNED, lesson(**changes))) == [
        contract.LessonUpdated(**FACTS | changes, **old, changed=changed)
    ]


def test_one_write_can_mean_several_events_and_tells_them_in_order() -> None:
    after = lesson(status="confirmed", title="Б", starts_at=NOON + timedelta(days=1))
    assert names(PLANNED, after) == ["LessonUpdated", "LessonRescheduled", "LessonConfirmed"]


def test_a_cancelled_lesson_says_why() -> None:
    [event] = events_of(PLANNED, lesson(status="cancelled", cancelled_because="ill"))
    assert event == contract.LessonCancelled(**FACTS | {"status": "cancelled"}, because="ill")


def test_nothing_that_was_and_nothing_that_is_means_nothing() -> None:
    assert list(events_of(None, None)) == []


def test_les_b2_every_event_survives_being_stored_and_keeps_its_subject() -> None:
    for before, after in [(None, lesson(status=s)) for s in LIFECYCLE.initial] + [(PLANNED, None)]:
        for event in events_of(before, after):
            assert load(event.type, dump(event)) == event
            assert event.subject == "lessons.lesson:5"


def test_les_b1_the_diagram_in_the_docs_is_drawn_from_the_table() -> None:
    docs = Path(__file__).resolve().parents[5] / "docs" / "reference" / "lifecycles.md"
    assert LIFECYCLE.mermaid() in docs.read_text()
