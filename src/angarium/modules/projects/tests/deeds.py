"""What is done to projects, and what one would load of them: for tests/live, which holds frames against snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from angarium.engine.identity.public import Person, Principal
from angarium.modules.projects import actions
from angarium.modules.projects.models import Comment, Member, Project, Task
from angarium.modules.projects.queries import projects_seen_by, tasks_seen_by

Deed = Callable[[], object]
ANN = UUID(int=7)
STAFF = Principal("service", UUID(int=1), "staff", "staff", frozenset({"*"}))
NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)


def snapshot(principal: Principal) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in projects_seen_by(principal):
        found[f"project:{row.pk}"] = {"id": row.pk, "name": row.name}
    for task in tasks_seen_by(principal).select_related("place", "assignment"):
        found[f"task:{task.pk}"] = {
            "id": task.pk,
            "project": task.project_id,
            "title": task.title,
            "status": task.status,
            "due_date": task.due_date,
            "rank": task.place.rank if hasattr(task, "place") else None,
            "assignee": task.assignment.person if hasattr(task, "assignment") else None,
        }
    for comment in Comment.objects.filter(task__in=tasks_seen_by(principal)).select_related("task"):
        found[f"comment:{comment.pk}"] = {
            "id": comment.task_id,
            "project": comment.task.project_id,
            "comment_id": comment.pk,
            "author": comment.author,
            "content": comment.content,
        }
    return found


def project(name: str = "Сайт", *, hers: bool = True) -> Project:
    made = Project.objects.create(name=name)
    if hers:
        Member.objects.create(project=made, person=ANN, role="editor")
    return made


def task(of: Project | None = None, **values: Any) -> Task:
    return Task.objects.create(**{"project": of or project(), "title": "Макет", "due_date": NOON, **values})


def on_project(action: Callable[..., object], **words: Any) -> Callable[[], Deed]:
    """Do this to a project with tasks."""

    def prepare() -> Deed:
        made = project()
        task(made)
        task(made, title="Тексты", status="completed")
        task(project("Чужой", hers=False))
        return lambda: action(made.pk, by=STAFF, **words)

    return prepare


def on_task(action: Callable[..., object], **words: Any) -> Callable[[], Deed]:
    """Do this to a task that has neighbours."""

    def prepare() -> Deed:
        made = project()
        task(made, title="Рядом", status="completed")
        id = task(made).pk
        Comment.objects.create(task_id=id, author="Ира", content="Начато")
        return lambda: action(id, by=STAFF, **words)

    return prepare


def take_to_another() -> Deed:
    id, other = task().pk, project("Чужой", hers=False).pk
    return lambda: actions.edit_task(id, by=STAFF, project=other)


def bring_from_another() -> Deed:
    id, mine = task(project("Чужой", hers=False)).pk, project().pk
    return lambda: actions.edit_task(id, by=STAFF, project=mine)


def place_between() -> Deed:
    made = project()
    first, moved = task(made), task(made)
    return lambda: actions.place_task(moved.pk, by=STAFF, status="pending", before=first.pk)


def create() -> Deed:
    id = project().pk
    return lambda: actions.create_task(by=STAFF, project=id, title="Новая", due_date=NOON)


def uncomment() -> Deed:
    id = Comment.objects.create(task=task(), author="Ира", content="Готово").pk
    return lambda: actions.delete_comment(id, by=STAFF)


def let_in() -> Deed:
    """Somebody else; whoever may read more than before is told to load anew (engine/live/tests/test_rights)."""
    id, person = task().project_id, Person.objects.create_user("boris").pk
    return lambda: actions.set_member(id, by=STAFF, person=person, role="viewer")


def shut_out() -> Deed:
    id, person = task().project_id, Person.objects.create_user("boris").pk
    Member.objects.create(project_id=id, person=person)
    return lambda: actions.remove_member(id, by=STAFF, person=person)


def ann() -> UUID:
    return Person.objects.get_or_create(id=ANN, defaults={"username": "ann"})[0].pk


def give() -> Deed:
    made, person = task(), ann()
    return lambda: actions.assign_task(made.pk, by=STAFF, person=person)


def bulk() -> Deed:
    made = project()
    ids = [task(made).pk for _ in range(3)]
    return lambda: Task.objects.filter(id__in=ids).update(status="completed")


def bulk_create() -> Deed:
    both = (project(), project("Чужой", hers=False))
    rows = [Task(project=one, title="Много", due_date=NOON) for one in both]
    return lambda: Task.objects.bulk_create(rows)


def bulk_delete() -> Deed:
    ids = [task(one).pk for one in (project(), project("Чужой", hers=False))]
    return lambda: Task.objects.filter(id__in=ids).delete()


DEEDS: dict[str, Callable[[], Deed]] = {
    "create_project": lambda: lambda: actions.create_project(by=STAFF, name="Новый"),
    "edit_project": on_project(actions.edit_project, name="Иначе", description="Подробно"),
    "delete_project": on_project(actions.delete_project),
    "create_task": create,
    "edit_task": on_task(actions.edit_task, title="Другая", status="completed", due_date=NOON.replace(hour=9)),
    "edit_task that takes it away": take_to_another,
    "edit_task that brings it": bring_from_another,
    "delete_task": on_task(actions.delete_task),
    "place_task": on_task(actions.place_task, status="completed"),
    "place_task between": place_between,
    "assign_task": give,
    "add_comment": on_task(actions.add_comment, author="Ира", content="Готово"),
    "delete_comment": uncomment,
    "set_member": let_in,
    "remove_member": shut_out,
    "update": bulk,
    "bulk_create": bulk_create,
    "delete": bulk_delete,
}
