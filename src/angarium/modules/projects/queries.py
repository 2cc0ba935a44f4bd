"""Reads and locks, each through what the asking principal may see.

The policy: staff and services read and change everything within their scopes, and so does the open form; anybody else
sees the projects that they are members of, and what hangs on these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import F, Model, Q, QuerySet

from angarium.engine.identity.public import Person, Principal
from angarium.kernel.errors import AngariumError, Stale

from .errors import NoComment, NoProject, NoTask, NotYours
from .lifecycle import Role, Status
from .models import Comment, Member, Project, Task

M = TypeVar("M", bound=Model)
#: The order of cards in a column: by their places, then those that have none.
BY_PLACE = (F("place__rank").asc(nulls_last=True), "id")


def writes_all(by: Principal) -> bool:
    """May this principal change everything here? Staff and services, within their scopes, and the open form."""
    return by.is_open or (by.is_staff and by.may("projects:write"))


def reads_all(by: Principal) -> bool:
    return writes_all(by) or (by.is_staff and by.may("projects:read"))


def may_read_projects(by: Principal) -> bool:
    """May this principal read projects at all? Which ones is another question."""
    return by.may("projects:read") or by.may("projects:write")


def may_begin(by: Principal) -> bool:
    """May this principal enter a project? Everybody who may write, since it will be theirs."""
    return by.is_open or (by.is_authenticated and by.may("projects:write"))


def may_comment(by: Principal, project_id: int) -> bool:
    """Whoever sees a project may say something about its tasks."""
    return writes_all(by) or (by.may("projects:write") and role_in(by, project_id) is not None)


def may_change(by: Principal, project_id: int) -> bool:
    """May this principal change the project's tasks?"""
    return writes_all(by) or (by.may("projects:write") and role_in(by, project_id) in (Role.EDITOR, Role.OWNER))


def may_own(by: Principal, project_id: int) -> bool:
    """May this principal delete the project, and decide who sees it?"""
    return writes_all(by) or (by.may("projects:write") and role_in(by, project_id) == Role.OWNER)


def role_in(by: Principal, project_id: int) -> str | None:
    """What this person is in the project; None when it is no member."""
    if by.id is None:
        return None
    return Member.objects.filter(project_id=project_id, person=by.id).values_list("role", flat=True).first()


def projects_seen_by(by: Principal) -> QuerySet[Project]:
    """All projects, or those that this principal is a member of."""
    return Project.objects.all() if reads_all(by) else Project.objects.filter(_mine(by))


def project_seen_by(by: Principal, id: int) -> Project:
    """NoProject when there is none or it is not for this principal."""
    return _only(projects_seen_by(by), id, NoProject)


def projects_changed_by(by: Principal) -> QuerySet[Project]:
    """Those of which this principal may change the tasks."""
    if writes_all(by):
        return Project.objects.all()
    if by.id is None or not by.may("projects:write"):
        return Project.objects.none()
    roles = Member.objects.filter(person=by.id, role__in=(Role.EDITOR, Role.OWNER))
    return projects_seen_by(by).filter(pk__in=roles.values("project_id"))


def tasks_seen_by(by: Principal) -> QuerySet[Task]:
    """The tasks of the projects that this principal may see."""
    return Task.objects.all() if reads_all(by) else Task.objects.filter(_mine(by, "project__"))


def task_seen_by(by: Principal, id: int) -> Task:
    """NoTask when there is none or it is not for this principal."""
    return _only(tasks_seen_by(by).select_related("project"), id, NoTask)


def comments_seen_by(by: Principal, task_id: int) -> QuerySet[Comment]:
    """The comments on a task. NoTask when there is no such task or it is not for this principal."""
    return Comment.objects.filter(task=_only(tasks_seen_by(by), task_id, NoTask))


def comment_seen_by(by: Principal, id: int) -> Comment:
    """NoComment when there is none or it is not for this principal."""
    mine = Q() if reads_all(by) else _mine(by, "task__project__")
    return _only(Comment.objects.filter(mine).select_related("task"), id, NoComment)


def find_projects(by: Principal, *, q: str = "") -> QuerySet[Project]:
    """The projects seen by this principal with this text in the name, in upper or lower case."""
    projects = projects_seen_by(by)
    return projects.filter(_part("name", q)) if q else projects


def find_tasks(
    by: Principal,
    *,
    project: int | None = None,
    status: str = "",
    assignee: UUID | None = None,
    q: str = "",
    due_from: datetime | None = None,
    due_to: datetime | None = None,
    overdue_at: datetime | None = None,
) -> QuerySet[Task]:
    """The tasks seen by this principal that fit every filter given.

    `q` is a part of the title, upper and lower case alike. They are due at `due_from` or later and before `due_to`;
    with `overdue_at`, they were due before that and are not completed.
    """
    tasks = tasks_seen_by(by)
    if project is not None:
        tasks = tasks.filter(project_id=project)
    if status:
        tasks = tasks.filter(status=status)
    if assignee is not None:
        tasks = tasks.filter(assignment__person=assignee)
    if q:
        tasks = tasks.filter(_part("title", q))
    if due_from is not None:
        tasks = tasks.filter(due_date__gte=due_from)
    if due_to is not None:
        tasks = tasks.filter(due_date__lt=due_to)
    if overdue_at is not None:
        tasks = tasks.filter(due_date__lt=overdue_at).exclude(status=Status.COMPLETED)
    return tasks


def board(by: Principal, project_id: int) -> QuerySet[Task]:
    """The tasks of a project in the order of their columns."""
    project = project_seen_by(by, project_id)
    return project.tasks.select_related("place", "assignment").order_by("status", *BY_PLACE)


def project_for_update(id: int) -> Project:
    """The project, locked until the transaction ends: what changes the order of its cards, or its members, does so one
    after the other. NoProject when there is none."""
    return _only(Project.objects.select_for_update(no_key=True), id, NoProject)


def access_project_for_update(id: int, by: Principal, expected_version: int | None = None) -> Project:
    """The project, locked, for somebody who may change it. NoProject, NotYours, Stale."""
    project = project_for_update(id)
    if not may_change(by, id):
        raise NotYours if projects_seen_by(by).filter(pk=id).exists() else NoProject
    _refuse_stale(project, expected_version)
    return project


def access_task_for_update(id: int, by: Principal, expected_version: int | None = None) -> Task:
    """The task, locked, for somebody who may change it. NoTask, NotYours, Stale."""
    task = _only(Task.objects.select_for_update(), id, NoTask)
    if not may_change(by, task.project_id):
        raise NotYours if tasks_seen_by(by).filter(pk=id).exists() else NoTask
    _refuse_stale(task, expected_version)
    return task


def people_of(project_ids: Sequence[int]) -> QuerySet[Person]:
    """The members of these projects who may sign in."""
    members = Member.objects.filter(project_id__in=project_ids).values("person")
    return Person.objects.filter(id__in=members, is_active=True)


def people_who_may_be_given(project_id: int) -> QuerySet[Person]:
    """Whom a task of the project can be given to: its members, and the staff, who see all of them."""
    members = Member.objects.filter(project_id=project_id).values("person")
    return Person.objects.filter(Q(id__in=members) | Q(role__in=("admin", "staff")), is_active=True)


def _mine(by: Principal, path: str = "") -> Q:
    """The projects that this principal is a member of and may read; none for nobody. A subquery, so that no row comes
    twice."""
    if by.id is None or not may_read_projects(by):
        return Q(pk__in=[])
    return Q(**{f"{path}id__in": Member.objects.filter(person=by.id).values("project_id")})


def _only(rows: QuerySet[M], id: int, refusal: type[AngariumError]) -> M:
    row = rows.filter(pk=id).first()
    if row is None:
        raise refusal
    return row


def _refuse_stale(row: Project | Task, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != row.version:
        raise Stale(current=row.version, given=expected_version)


def _part(field: str, text: str) -> Q:
    """A part of a text in any case. SQLite's own LIKE folds ASCII only, its REGEXP is Python's and folds all."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__iregex": re.escape(text)})
    return Q(**{f"{field}__icontains": text})
