"""Every way of writing projects, tasks and comments through the ORM is told of once, or is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import F

from angarium.engine.events.public import Event
from angarium.modules.projects.models import Comment, Project, Task

from .deeds import NOON, project, task

pytestmark = pytest.mark.django_db


def told() -> Counter[str]:
    types = Event.objects.filter(type__startswith="projects.").values_list("type", flat=True)
    return Counter(name.partition(".")[2].removesuffix(".v1") for name in types)


@pytest.fixture
def row(db: None) -> Task:
    made = task()
    Comment.objects.create(task=made, author="Ира", content="Да")
    Event.objects.all().delete()
    return made


WAYS: list[tuple[str, Callable[[Task], object], dict[str, int]]] = [
    ("save", lambda row: _set(row, title="x").save(), {"task_updated": 1}),
    ("save of a column", lambda row: _set(row, title="x").save(update_fields=["title"]), {"task_updated": 1}),
    ("save as it is", lambda row: row.save(), {}),
    ("update", lambda row: Task.objects.update(status="completed"), {"task_updated": 1}),
    ("update of nothing", lambda row: Task.objects.update(due_date=F("due_date")), {}),
    ("bulk_update", lambda row: Task.objects.bulk_update([_set(row, title="x")], ["title"]), {"task_updated": 1}),
    ("update_or_create", lambda row: Task.objects.update_or_create({"title": "x"}, pk=row.pk), {"task_updated": 1}),
    ("create", lambda row: row.project.tasks.create(title="x", due_date=NOON), {"task_created": 1}),
    ("bulk_create", lambda row: Task.objects.bulk_create([_another(row), _another(row)]), {"task_created": 2}),
    ("delete", lambda row: row.delete(), {"task_deleted": 1, "comment_deleted": 1}),
    ("delete of a queryset", lambda row: Task.objects.all().delete(), {"task_deleted": 1, "comment_deleted": 1}),
    (
        "cascade",
        lambda row: Project.objects.get(pk=row.project_id).delete(),
        {"project_deleted": 1, "task_deleted": 1, "comment_deleted": 1},
    ),
    ("a comment changed", lambda row: row.comments.update(content="Нет"), {"comment_edited": 1}),
    ("a project changed", lambda row: Project.objects.update(name="x"), {"project_updated": 1}),
]


def _set(row: Task, **values: str) -> Task:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _another(row: Task) -> Task:
    return Task(project=row.project, title="x", due_date=NOON)


@pytest.mark.parametrize(("way", "write", "events"), WAYS, ids=[way for way, _, _ in WAYS])
def test_pm_13_each_way_of_writing_is_told_of_once(
    row: Task, way: str, write: Callable[[Task], object], events: dict[str, int]
) -> None:
    write(row)
    assert told() == events


def test_pm_13_what_is_rolled_back_is_not_told(row: Task) -> None:
    for _, write, _ in WAYS:
        with transaction.atomic():
            write(Task.objects.get(pk=row.pk))
            transaction.set_rollback(True)
    assert told() == {}


def test_a_task_that_goes_elsewhere_says_from_where(row: Task) -> None:
    left, other = row.project_id, project("Другой")
    Event.objects.all().delete()
    Task.objects.filter(pk=row.pk).update(project=other)
    (event,) = Event.objects.filter(type="projects.task_updated.v1")
    assert (event.data["project_id"], event.data["old_project_id"]) == (other.pk, left)
