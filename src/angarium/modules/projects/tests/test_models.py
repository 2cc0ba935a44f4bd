"""The rows have exactly the columns that are asked for; beside them only the version that the engine counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.test import TestCase

from angarium.modules.projects.models import Comment, Project, Task

from .asking import NOON

#: (model, field, class, its options).
COLUMNS: tuple[tuple[type[models.Model], str, type[models.Field[Any, Any]], dict[str, Any]], ...] = (
    (Project, "id", models.AutoField, {"primary_key": True}),
    (Project, "name", models.CharField, {"max_length": 255, "null": False, "blank": False}),
    (Project, "description", models.TextField, {"null": True, "blank": True}),
    (Project, "created_at", models.DateTimeField, {"auto_now_add": True}),
    (Project, "updated_at", models.DateTimeField, {"auto_now": True}),
    (Task, "id", models.AutoField, {"primary_key": True}),
    (Task, "project", models.ForeignKey, {"null": False}),
    (Task, "title", models.CharField, {"max_length": 255, "null": False, "blank": False}),
    (Task, "description", models.TextField, {"null": True, "blank": True}),
    (Task, "status", models.CharField, {"default": "pending"}),
    (Task, "created_at", models.DateTimeField, {"auto_now_add": True}),
    (Task, "updated_at", models.DateTimeField, {"auto_now": True}),
    (Task, "due_date", models.DateTimeField, {"null": False, "auto_now": False}),
    (Comment, "id", models.AutoField, {"primary_key": True}),
    (Comment, "task", models.ForeignKey, {"null": False}),
    (Comment, "author", models.CharField, {"max_length": 255, "null": False, "blank": False}),
    (Comment, "content", models.TextField, {"null": False, "blank": False}),
    (Comment, "created_at", models.DateTimeField, {"auto_now_add": True}),
)


@pytest.mark.parametrize(("model", "name", "kind", "options"), COLUMNS, ids=lambda one: getattr(one, "__name__", None))
def test_pm_01_a_column_is_as_it_is_asked_for(
    model: type[models.Model], name: str, kind: type[models.Field[Any, Any]], options: dict[str, Any]
) -> None:
    field = model._meta.get_field(name)
    assert type(field) is kind
    assert {option: getattr(field, option) for option in options} == options


@pytest.mark.parametrize("model", [Project, Task, Comment])
def test_pm_01_there_is_no_other_column_than_the_version(model: type[models.Model]) -> None:
    asked = {name for of, name, _, _ in COLUMNS if of is model}
    assert {field.name for field in model._meta.concrete_fields} == asked | {"version"}


def test_pm_01_statuses_and_relations() -> None:
    status = Task._meta.get_field("status")
    choices = [("pending", "Pending"), ("in_progress", "In Progress"), ("completed", "Completed")]
    assert [(value, str(label)) for value, label in status.choices or []] == choices
    for of, name, related in ((Task, "project", "tasks"), (Comment, "task", "comments")):
        relation = of._meta.get_field(name).remote_field
        assert (relation.related_name, relation.on_delete) == (related, models.CASCADE)


class Times(TestCase):
    def test_pm_03_the_time_of_a_change_moves_on_every_path_and_that_of_entering_stays(self) -> None:
        task = Task.objects.create(project=Project.objects.create(name="Сайт"), title="Макет", due_date=NOON)
        entered, changed = task.created_at, task.updated_at
        for write in (
            task.save,
            lambda: task.save(update_fields=["title"]),
            lambda: Task.objects.filter(pk=task.pk).update(title="Иначе"),
        ):
            write()
            found = Task.objects.get(pk=task.pk)
            assert found.created_at == entered
            assert found.updated_at > changed
            changed = found.updated_at

    def test_a_status_that_there_is_not_and_an_empty_title_are_refused_by_the_database(self) -> None:
        project = Project.objects.create(name="Сайт")
        for values in ({"status": "finish"}, {"title": ""}):
            with self.subTest(values), pytest.raises(IntegrityError), transaction.atomic():
                Task.objects.bulk_create([Task(**{"project": project, "title": "A", "due_date": NOON, **values})])
