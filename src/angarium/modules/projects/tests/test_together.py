"""What two people do at the same time, and what is big: each in real transactions."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.testing import make_token
from angarium.modules.projects import actions
from angarium.modules.projects.errors import NoTask, UnknownProject
from angarium.modules.projects.models import Assignment, Comment, Member, Place, Project, Task
from tests.faults.scene import LONG

from .asking import NOON, Api, shown, with_token
from .deeds import ANN, STAFF

MANY = 10_000 if LONG else 1_000
#: Seconds that may pass for a project of so many tasks, each with a comment, a place and an assignee.
BOUND = 60.0 if LONG else 12.0


@pytest.fixture
def task(transactional_db: None) -> Task:
    return Task.objects.create(project=Project.objects.create(name="Сайт"), title="Макет", due_date=NOON)


@pytest.fixture
def api(transactional_db: None) -> Api:
    return with_token(make_token())


def test_pm_03_two_puts_at_the_same_time_are_one_after_the_other(task: Task) -> None:
    secret = make_token()
    bodies = [{"project": task.project_id, "title": title, "due_date": "2030-01-01T00:00:00Z"} for title in "AB"]

    def put(body: Any) -> Any:
        return lambda: with_token(secret)("PUT", f"/tasks/{task.pk}/", body).status_code

    assert together(*map(put, bodies)) == [200, 200]
    found = Task.objects.get(pk=task.pk)
    assert (found.title in "AB", found.version) == (True, 3)
    assert Event.objects.filter(type="projects.task_updated.v1").count() == 2


def test_pm_03_of_two_who_saw_the_same_one_is_refused(task: Task) -> None:
    secret = make_token()

    def patch(title: str) -> Any:
        return lambda: with_token(secret)("PATCH", f"/tasks/{task.pk}/", {"title": title}, if_match='"v1"').status_code

    assert sorted(together(patch("A"), patch("B"))) == [200, 412]


def test_pm_05_a_comment_on_a_task_that_goes_meanwhile_is_404_or_goes_with_it(task: Task) -> None:
    secret = make_token()
    path = f"/tasks/{task.pk}/"

    def comment() -> int:
        return int(with_token(secret)("POST", f"{path}comments/", {"author": "Ира", "content": "Да"}).status_code)

    def delete() -> int:
        return int(with_token(secret)("DELETE", path).status_code)

    *commented, deleted = together(comment, comment, comment, delete)
    assert deleted == 204
    assert set(commented) <= {201, 404}
    assert (Task.objects.count(), Comment.objects.count()) == (0, 0)
    told = Counter(Event.objects.values_list("type", flat=True))
    assert told["projects.task_commented.v1"] == told["projects.comment_deleted.v1"] == commented.count(201)


def test_pm_05_the_action_says_that_the_task_is_gone(task: Task) -> None:
    Task.objects.filter(pk=task.pk).delete()
    with pytest.raises(NoTask):
        actions.add_comment(task.pk, by=STAFF, author="Ира", content="Да")


def test_pm_06_pm_07_a_task_entered_in_a_project_that_goes_meanwhile_is_refused_or_goes_with_it(task: Task) -> None:
    project = task.project_id
    entered, deleted = together(
        lambda: actions.create_task(by=STAFF, project=project, title="Новая", due_date=NOON),
        lambda: actions.delete_project(project, by=STAFF),
    )
    assert isinstance(entered, Task | UnknownProject)
    assert deleted is None
    assert (Project.objects.count(), Task.objects.count()) == (0, 0)


def test_pm_b3_two_who_put_a_card_into_one_gap_both_get_it_there(task: Task) -> None:
    others = [Task.objects.create(project_id=task.project_id, title=title, due_date=NOON) for title in "AB"]

    def place(id: int) -> Any:
        return lambda: actions.place_task(id, by=STAFF, status="pending", before=task.pk)

    assert all(isinstance(one, Task) for one in together(*(place(one.pk) for one in others)))
    ranks = list(Place.objects.order_by("rank").values_list("task_id", flat=True))
    assert set(ranks[:2]) == {one.pk for one in others}
    assert ranks[2] == task.pk


def test_pm_06_a_project_with_thousands_of_tasks_goes_in_one_transaction_and_in_bounded_time(
    task: Task, api: Api
) -> None:
    project = task.project_id
    rows = [Task(project_id=project, title=str(number), due_date=NOON) for number in range(MANY - 1)]
    tasks = [task, *Task.objects.bulk_create(rows)]
    Comment.objects.bulk_create([Comment(task=one, author="Ира", content="Да") for one in tasks])
    Place.objects.bulk_create([Place(task=one, rank="i") for one in tasks])
    Assignment.objects.bulk_create([Assignment(task=one, person=ANN) for one in tasks])
    Member.objects.create(project_id=project, person=ANN)
    assert len(shown(api("GET", "/tasks/"))) == MANY
    Event.objects.all().delete()
    began = time.monotonic()
    with CaptureQueriesContext(connection) as queries:
        assert api("DELETE", f"/projects/{project}/").status_code == 204
    assert time.monotonic() - began < BOUND
    asked = [query["sql"].split("(")[0] for query in queries.captured_queries]
    deleting = [number for number, sql in enumerate(asked) if sql.startswith("DELETE FROM")]
    assert not {"BEGIN", "COMMIT"} & set(asked[deleting[0] : deleting[-1]]), "not one transaction"
    assert len(asked) < MANY
    assert [shown(api("GET", path)) for path in ("/projects/", "/tasks/")] == [[], []]
    assert Counter(Event.objects.values_list("type", flat=True)) == {
        "projects.task_deleted.v1": MANY,
        "projects.comment_deleted.v1": MANY,
        "projects.task_assigned.v1": MANY,
        "projects.project_deleted.v1": 1,
    }
