"""Which events a change means: tables over snapshots, no row is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from angarium.contracts import projects as told
from angarium.modules.projects import lifecycle
from angarium.modules.projects.lifecycle import (
    AssignmentSnapshot,
    CommentSnapshot,
    PlaceSnapshot,
    ProjectSnapshot,
    TaskSnapshot,
)

from .asking import NOON

PROJECT = ProjectSnapshot(id=3, name="Сайт", description=None)
TASK = TaskSnapshot(id=7, project_id=3, title="Макет", description="", status="pending", due_date=NOON)
COMMENT = CommentSnapshot(id=9, task_id=7, task__project_id=3, author="Ира", content="я" * 600)
PLACE = PlaceSnapshot(task_id=7, task__project_id=3, rank="i")
GIVEN = AssignmentSnapshot(task_id=7, task__project_id=3, person=UUID(int=1))
FACTS: dict[str, Any] = {"task_id": 7, "project_id": 3, "title": "Макет", "status": "pending", "due_date": NOON}


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (None, PROJECT, [told.ProjectCreated(project_id=3, name="Сайт")]),
        (PROJECT, None, [told.ProjectDeleted(project_id=3, name="Сайт")]),
        (PROJECT, PROJECT, []),
        (None, None, []),
        (
            PROJECT,
            replace(PROJECT, name="Новый", description=""),
            [told.ProjectUpdated(project_id=3, name="Новый", changed=("description", "name"))],
        ),
    ],
)
def test_of_a_project(before: Any, after: Any, events: list[Any]) -> None:
    assert list(lifecycle.project_events(before, after)) == events


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        ({"title": "Тексты"}, {"title": "Тексты"}),
        ({"description": "x"}, {}),
        ({"status": "completed"}, {"status": "completed", "old_status": "pending"}),
        ({"project_id": 4}, {"project_id": 4, "old_project_id": 3}),
        ({"due_date": NOON + timedelta(1)}, {"due_date": NOON + timedelta(1), "old_due_date": NOON}),
    ],
    ids=lambda one: ",".join(one),
)
def test_pm_13_of_a_changed_task(change: dict[str, Any], facts: dict[str, Any]) -> None:
    expected = told.TaskUpdated(**{**FACTS, **facts}, changed=tuple(change))
    assert list(lifecycle.task_events(TASK, replace(TASK, **change))) == [expected]


def test_pm_13_of_a_task_that_comes_goes_or_stays() -> None:
    assert list(lifecycle.task_events(None, TASK)) == [told.TaskCreated(**FACTS)]
    assert list(lifecycle.task_events(TASK, None)) == [told.TaskDeleted(**FACTS)]
    assert list(lifecycle.task_events(TASK, TASK)) == list(lifecycle.task_events(None, None)) == []


def test_pm_13_of_a_comment() -> None:
    about = {"comment_id": 9, "task_id": 7, "project_id": 3}
    written = {**about, "author": "Ира", "content": "я" * 500}
    assert list(lifecycle.comment_events(None, COMMENT)) == [told.TaskCommented(**written)]
    edited = list(lifecycle.comment_events(COMMENT, replace(COMMENT, author="Олег")))
    assert edited == [told.CommentEdited(**{**written, "author": "Олег"})]
    assert list(lifecycle.comment_events(COMMENT, None)) == [told.CommentDeleted(**about)]
    assert list(lifecycle.comment_events(COMMENT, COMMENT)) == []


def test_of_a_place_and_an_assignment() -> None:
    assert list(lifecycle.place_events(None, PLACE)) == [told.TaskPlaced(task_id=7, project_id=3, rank="i")]
    assert list(lifecycle.place_events(PLACE, PLACE)) == list(lifecycle.place_events(PLACE, None)) == []
    about: dict[str, Any] = {"task_id": 7, "project_id": 3}
    given = list(lifecycle.assignment_events(None, GIVEN))
    assert given == [told.TaskAssigned(**about, assignee=UUID(int=1))]
    taken = list(lifecycle.assignment_events(GIVEN, None))
    assert taken == [told.TaskAssigned(**about, assignee=None, old_assignee=UUID(int=1))]


@pytest.mark.parametrize("one", lifecycle.LIFECYCLE.states)
@pytest.mark.parametrize("other", lifecycle.LIFECYCLE.states)
def test_a_card_goes_from_any_column_to_any_other(one: str, other: str) -> None:
    events = list(lifecycle.task_events(replace(TASK, status=one), replace(TASK, status=other)))
    assert len(events) == (one != other)
