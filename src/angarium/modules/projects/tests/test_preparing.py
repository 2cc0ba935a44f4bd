"""A task for each lesson that is to be prepared: made, moved, renamed and dropped as the lesson's events say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from angarium.contracts import lessons as contract
from angarium.engine.identity.public import SYSTEM
from angarium.engine.tasks.public import Cancel, Done
from angarium.modules.projects import actions
from angarium.modules.projects.errors import UnknownProject
from angarium.modules.projects.models import Comment, Preparation, Project, Task
from angarium.modules.projects.preparing import bring_in_line

pytestmark = pytest.mark.django_db
AT = datetime(2030, 1, 1, 10, tzinfo=UTC)
LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def project(settings: Any) -> Project:
    made = actions.create_project(by=SYSTEM, name="Lessons")
    settings.PROJECTS_LESSONS_PROJECT = made.pk
    return made


def tell(kind: type[contract.LessonEvent], **changes: Any) -> Any:
    facts = {
        "lesson_id": 5, "student_id": 7, "teacher_id": 3, "title": "Алгебра", "starts_at": AT, "timezone": "UTC",
        "duration_minutes": 60, "status": "planned",
    }  # fmt: skip
    return bring_in_line(kind(**{**facts, **changes}))


def reschedule(**changes: Any) -> Any:
    return tell(contract.LessonRescheduled, starts_at=LATER, old_starts_at=AT, old_timezone="UTC", **changes)


def only() -> Task:
    return Task.objects.get()


def test_pm_22_a_lesson_gets_a_task_that_is_due_when_it_begins(project: Project) -> None:
    assert tell(contract.LessonCreated) == Done({"task": only().pk})
    assert (only().title, only().due_date, only().status, only().project) == (
        "Prepare: Алгебра", AT, "pending", project,
    )  # fmt: skip


def test_pm_22_an_event_that_is_told_again_makes_no_second_task() -> None:
    tell(contract.LessonCreated)
    tell(contract.LessonCreated)
    assert Task.objects.count() == 1


def test_pm_22_a_lesson_that_moves_takes_its_task_along_and_keeps_its_words() -> None:
    tell(contract.LessonCreated)
    actions.edit_task(only().pk, by=SYSTEM, title="Print the sheets", status="in_progress")
    reschedule()
    assert (only().due_date, only().title, only().status) == (LATER, "Print the sheets", "in_progress")


def test_pm_22_a_lesson_of_before_gets_its_task_when_it_moves() -> None:
    reschedule()
    assert only().due_date == LATER


def test_pm_22_another_title_of_the_lesson_is_another_title_of_the_task() -> None:
    tell(contract.LessonCreated)
    tell(contract.LessonUpdated, title="г" * 255, changed=("title",))
    assert only().title == ("Prepare: " + "г" * 255)[:255]
    tell(contract.LessonUpdated, title="Other", changed=("duration_minutes",))
    assert only().title.startswith("Prepare: г")


@pytest.mark.parametrize("kind", [contract.LessonCancelled, contract.LessonDeleted])
def test_pm_22_a_lesson_that_falls_out_takes_its_task_away(kind: type[contract.LessonEvent]) -> None:
    tell(contract.LessonCreated)
    tell(kind)
    assert not Task.objects.exists()


def test_pm_22_what_somebody_has_begun_stays_with_a_word_about_it() -> None:
    tell(contract.LessonCreated)
    actions.edit_task(only().pk, by=SYSTEM, status="in_progress")
    tell(contract.LessonCancelled)
    assert list(Comment.objects.values_list("task", "author")) == [(only().pk, "Angarium")]


def test_pm_22_a_task_that_somebody_took_away_is_not_made_again() -> None:
    tell(contract.LessonCreated)
    actions.delete_task(only().pk, by=SYSTEM)
    assert reschedule() == Cancel("Somebody took the task away.")
    assert not Task.objects.exists()


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show", "in_progress"])
def test_pm_22_what_is_over_needs_no_preparation(status: str) -> None:
    assert isinstance(tell(contract.LessonCreated, status=status), Cancel)
    assert isinstance(tell(contract.LessonCancelled), Cancel)
    assert not Preparation.objects.exists()


def test_pm_22_a_project_that_is_not_there_is_said_so(settings: Any) -> None:
    settings.PROJECTS_LESSONS_PROJECT = 999_999
    with pytest.raises(UnknownProject):
        tell(contract.LessonCreated)
