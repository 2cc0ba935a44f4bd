"""The rows. Project, Task and Comment have the columns that are asked for and, of the engine, their `version`; what
else the product knows of a task (whose it is, where on the board) stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.engine.events.public import TrackedModel, TrackedQuerySet, tell_here, tracked
from angarium.kernel.clock import now

from . import lifecycle
from .lifecycle import LIFECYCLE, Role, Status, TaskSnapshot
from .preparations import Preparation
from .records import Choice, Notice, Preference, Reminder, Report
from .subscriptions import Hook

__all__ = [
    "Assignment",
    "Choice",
    "Comment",
    "Hook",
    "Member",
    "Notice",
    "Place",
    "Preference",
    "Preparation",
    "Project",
    "Reminder",
    "Report",
    "Task",
]
LONGEST_RANK = 64
M = TypeVar("M", bound=TrackedModel)


class UpdatedQuerySet(TrackedQuerySet[M]):
    """Bulk changes carry the time of the change, as a save does."""

    def update(self, **values: Any) -> int:
        return super().update(**{"updated_at": now(), **values})

    update.alters_data = True  # type: ignore[attr-defined]


class Updated(models.Model):
    """A save of single columns carries the time of the change too."""

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        if options.get("update_fields"):
            options["update_fields"] = {*options["update_fields"], "updated_at"}
        super().save(**options)


def tell_of_new_times(changes: Sequence[tuple[Any, Any]]) -> None:
    """A row that was saved as it was has a new time of change all the same: lists show it, and no event tells of it."""
    tell_here(lifecycle.touched(new) for old, new in changes if old == new)


@tracked(by=lifecycle.project_events, snapshot=lifecycle.ProjectSnapshot, guard=tell_of_new_times)
class Project(Updated, TrackedModel):
    id = models.AutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects: ClassVar[models.Manager[Project]] = models.Manager.from_queryset(UpdatedQuerySet["Project"])()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(name=""), name="projects_project_name")]

    def __str__(self) -> str:
        return self.name


def leave_behind(changes: Sequence[tuple[TaskSnapshot | None, TaskSnapshot | None]]) -> None:
    """A task that goes to another project leaves its place on the board and its assignee behind; on every ORM path."""
    tell_of_new_times(changes)
    moved = [new.id for old, new in changes if old and new and old.project_id != new.project_id]
    if moved:
        Place.objects.filter(task__in=moved).delete()
        Assignment.objects.filter(task__in=moved).delete()


@tracked(by=lifecycle.task_events, snapshot=lifecycle.TaskSnapshot, guard=leave_behind)
class Task(Updated, TrackedModel):
    id = models.AutoField(primary_key=True)
    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks", verbose_name=_("project"))
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, null=True)
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    due_date = models.DateTimeField(_("due"))

    objects: ClassVar[models.Manager[Task]] = models.Manager.from_queryset(UpdatedQuerySet["Task"])()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=LIFECYCLE.states), name="projects_task_status"),
            models.CheckConstraint(condition=~models.Q(title=""), name="projects_task_title"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "id"], name="projects_task_of_project"),
            models.Index(fields=["status", "due_date"], name="projects_task_due"),
        ]

    def __str__(self) -> str:
        return self.title


class CommentQuerySet(TrackedQuerySet["Comment"]):
    """A class of its own, by which the types find `task.comments`."""


@tracked(by=lifecycle.comment_events, snapshot=lifecycle.CommentSnapshot)
class Comment(TrackedModel):
    id = models.AutoField(primary_key=True)
    task = models.ForeignKey(Task, models.CASCADE, related_name="comments", verbose_name=_("task"))
    author = models.CharField(_("author"), max_length=255)
    content = models.TextField(_("content"))
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    objects: ClassVar[models.Manager[Comment]] = models.Manager.from_queryset(CommentQuerySet)()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:50]}"


@tracked(by=lifecycle.place_events, snapshot=lifecycle.PlaceSnapshot, versioned=False)
class Place(TrackedModel):
    """Where in its column a task is (`ranks`). A task without one comes after all that have one, by its id."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="place", verbose_name=_("task"))
    rank = models.CharField(_("rank"), max_length=LONGEST_RANK)

    objects: ClassVar[models.Manager[Place]] = models.Manager.from_queryset(TrackedQuerySet["Place"])()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("place on the board")
        verbose_name_plural = _("places on the board")

    def __str__(self) -> str:
        return self.rank


@tracked(by=lifecycle.assignment_events, snapshot=lifecycle.AssignmentSnapshot, versioned=False)
class Assignment(TrackedModel):
    """Whose task it is: an account's UUID."""

    task = models.OneToOneField(
        Task, models.CASCADE, primary_key=True, related_name="assignment", verbose_name=_("task")
    )
    person = models.UUIDField(_("person"), db_index=True)

    objects: ClassVar[models.Manager[Assignment]] = models.Manager.from_queryset(TrackedQuerySet["Assignment"])()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self) -> str:
        return str(self.person)


class Member(models.Model):
    """Somebody who may see a project, and how much of it is theirs to change. It outlives the project for a while,
    since its members hear that the project and its tasks are gone; `forget_members` takes it away then."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(
        Project, models.DO_NOTHING, related_name="members", verbose_name=_("project"), db_constraint=False
    )
    person = models.UUIDField(_("person"), db_index=True)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(_("since"), default=now, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "person"], name="projects_member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="projects_member_role"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"
