"""The statuses of a task, and which events a change of a row means. Pure: no row is read here.

A board lets a card go from any column to any other, so each status may follow each other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.contracts import projects as contract
from angarium.contracts.event import Event
from angarium.kernel.transitions import Lifecycle

#: As much of a comment as its event carries.
EXCERPT = 500


class Status(TextChoices):
    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In Progress")
    COMPLETED = "completed", pgettext_lazy("task", "Completed")


class Role(TextChoices):
    """What somebody may do in a project: read and comment, change its tasks, or decide who else may."""

    VIEWER = "viewer", _("viewer")
    EDITOR = "editor", _("editor")
    OWNER = "owner", _("owner")


#: What webhooks can be told of, as live frames are called; `task.gone` says that a task went to another project.
HOOK_EVENTS = (
    *("project.created", "project.updated", "project.deleted"),
    *("task.created", "task.updated", "task.deleted", "task.gone", "task.placed", "task.assigned"),
    *("task.commented", "comment.edited", "comment.deleted", "report.generated"),
)

LIFECYCLE = Lifecycle(
    "task",
    {
        "pending": ["in_progress", "completed"],
        "in_progress": ["pending", "completed"],
        "completed": ["pending", "in_progress"],
    },
    initial=["pending", "in_progress", "completed"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSnapshot:
    """The columns of a project that events are made of."""

    id: int
    name: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot:
    """The columns of a task that events are made of."""

    id: int
    project_id: int
    title: str
    description: str | None
    status: str
    due_date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentSnapshot:
    """The columns of a comment that events are made of."""

    id: int
    task_id: int
    task__project_id: int
    author: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSnapshot:
    """Where on the board a task is."""

    task_id: int
    task__project_id: int
    rank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSnapshot:
    """Whose a task is."""

    task_id: int
    task__project_id: int
    person: UUID


def project_events(before: ProjectSnapshot | None, after: ProjectSnapshot | None) -> Iterable[Event]:
    """The events that a change of a project means; None stands for a row that is not there."""
    if before is None:
        return [] if after is None else [contract.ProjectCreated(project_id=after.id, name=after.name)]
    if after is None:
        return [contract.ProjectDeleted(project_id=before.id, name=before.name)]
    changed = _changed(before, after)
    return [contract.ProjectUpdated(project_id=after.id, name=after.name, changed=changed)] if changed else []


def task_events(before: TaskSnapshot | None, after: TaskSnapshot | None) -> Iterable[Event]:
    """The events that a change of a task means."""
    if before is None:
        return [] if after is None else [contract.TaskCreated(**facts(after))]
    if after is None:
        return [contract.TaskDeleted(**facts(before))]
    return list(_of_changed_task(before, after))


def _of_changed_task(before: TaskSnapshot, after: TaskSnapshot) -> Iterator[Event]:
    if before.status != after.status:
        LIFECYCLE.check(before.status, after.status)
    if changed := _changed(before, after):
        old = {f"old_{name}": getattr(before, name) for name in ("project_id", "status", "due_date") if name in changed}
        yield contract.TaskUpdated(changed=changed, **old, **facts(after))


def comment_events(before: CommentSnapshot | None, after: CommentSnapshot | None) -> Iterable[Event]:
    """The events that a change of a comment means."""
    row = after or before
    if row is None or (before and after and not _changed(before, after)):
        return []
    about: dict[str, Any] = {"task_id": row.task_id, "project_id": row.task__project_id, "comment_id": row.id}
    if after is None:
        return [contract.CommentDeleted(**about)]
    said: dict[str, Any] = {"author": after.author, "content": after.content[:EXCERPT]}
    return [contract.TaskCommented(**about, **said) if before is None else contract.CommentEdited(**about, **said)]


def place_events(before: PlaceSnapshot | None, after: PlaceSnapshot | None) -> Iterable[Event]:
    """The events that a change of a place means; a place goes with its task alone, and says nothing then."""
    if after is None or before == after:
        return []
    return [contract.TaskPlaced(task_id=after.task_id, project_id=after.task__project_id, rank=after.rank)]


def assignment_events(before: AssignmentSnapshot | None, after: AssignmentSnapshot | None) -> Iterable[Event]:
    """The events that a change of an assignment means. Without it the task is nobody's."""
    row = after or before
    if row is None or before == after:
        return []
    fact = contract.TaskAssigned(
        task_id=row.task_id,
        project_id=row.task__project_id,
        assignee=after.person if after else None,
        old_assignee=before.person if before else None,
    )
    return [fact]


def touched(row: ProjectSnapshot | TaskSnapshot) -> Event:
    """What a row that was written and not changed is told with, where only the time of its change matters."""
    if isinstance(row, ProjectSnapshot):
        return contract.ProjectUpdated(project_id=row.id, name=row.name, changed=())
    return contract.TaskUpdated(changed=(), **facts(row))


def facts(task: TaskSnapshot) -> dict[str, Any]:
    """What every event about this task carries."""
    carried = ("project_id", "title", "status", "due_date")
    return {"task_id": task.id, **{name: getattr(task, name) for name in carried}}


def _changed(before: Any, after: Any) -> tuple[str, ...]:
    names = (field.name for field in fields(before))
    return tuple(sorted(name for name in names if getattr(before, name) != getattr(after, name)))
