"""What the projects module tells the world."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from .event import Event


class ProjectEvent(Event, frozen=True, kw_only=True):
    """What every event about a project carries."""

    project_id: int
    name: str

    @property
    def subject(self) -> str:
        return f"projects.project:{self.project_id}"


class ProjectCreated(ProjectEvent, frozen=True, kw_only=True):
    """A project was entered."""

    type = "projects.project_created.v1"


class ProjectUpdated(ProjectEvent, frozen=True, kw_only=True):
    """Something about the project changed; `changed` names the fields."""

    type = "projects.project_updated.v1"
    changed: tuple[str, ...]


class ProjectDeleted(ProjectEvent, frozen=True, kw_only=True):
    """The project's row was removed, after those of its tasks."""

    type = "projects.project_deleted.v1"


class TaskEvent(Event, frozen=True, kw_only=True):
    """What every event about a task carries: the task as it is after it."""

    task_id: int
    project_id: int
    title: str
    status: str
    due_date: datetime

    @property
    def subject(self) -> str:
        return f"projects.task:{self.task_id}"


class TaskCreated(TaskEvent, frozen=True, kw_only=True):
    """A task was entered."""

    type = "projects.task_created.v1"


class TaskUpdated(TaskEvent, frozen=True, kw_only=True):
    """Something about the task changed; `changed` names the fields.

    What is named `old_…` says what it was before, where it changed.
    """

    type = "projects.task_updated.v1"
    changed: tuple[str, ...]
    old_project_id: int | None = None
    old_status: str = ""
    old_due_date: datetime | None = None


class TaskDeleted(TaskEvent, frozen=True, kw_only=True):
    """The task's row was removed, by itself or with its project."""

    type = "projects.task_deleted.v1"


class AboutTask(Event, frozen=True, kw_only=True):
    """What is told of a task and is not in its row."""

    task_id: int
    project_id: int

    @property
    def subject(self) -> str:
        return f"projects.task:{self.task_id}"


class TaskPlaced(AboutTask, frozen=True, kw_only=True):
    """The task has another place on the board: `rank` orders the tasks of one status as text does, byte by byte."""

    type = "projects.task_placed.v1"
    rank: str


class TaskAssigned(AboutTask, frozen=True, kw_only=True):
    """The task was given to somebody, or to nobody (None)."""

    type = "projects.task_assigned.v1"
    assignee: UUID | None
    old_assignee: UUID | None = None


class CommentEvent(Event, frozen=True, kw_only=True):
    """What every event about a comment carries."""

    comment_id: int
    task_id: int
    project_id: int

    @property
    def subject(self) -> str:
        return f"projects.comment:{self.comment_id}"


class TaskCommented(CommentEvent, frozen=True, kw_only=True):
    """Somebody wrote a comment. `content` is its first 500 characters."""

    type = "projects.task_commented.v1"
    author: str
    content: str


class CommentEdited(CommentEvent, frozen=True, kw_only=True):
    """A comment was changed. `content` is its first 500 characters."""

    type = "projects.comment_edited.v1"
    author: str
    content: str


class CommentDeleted(CommentEvent, frozen=True, kw_only=True):
    """A comment was removed, by itself or with its task."""

    type = "projects.comment_deleted.v1"


class ReportGenerated(Event, frozen=True, kw_only=True):
    """The summary of a project for one day is there: how many tasks have which status, and how many are overdue."""

    type = "projects.report_generated.v1"
    report_id: int
    project_id: int
    name: str
    day: date
    pending: int
    in_progress: int
    completed: int
    overdue: int

    @property
    def subject(self) -> str:
        return f"projects.report:{self.report_id}"
