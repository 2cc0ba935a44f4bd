"""Projects, tasks and reports as one can follow them. Whoever may read a project hears what happens to its tasks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from angarium.contracts import projects as told
from angarium.contracts.event import Event
from angarium.engine.live.public import Topic, rights_changed, row_key, topic

from . import wire
from .models import Comment, Member, Task
from .queries import may_read_projects, reads_all


def members(id: str) -> set[UUID]:
    """The people who may see this project; also for a while after it is gone."""
    number = row_key(id)
    return set(Member.objects.filter(project_id=number).values_list("person", flat=True)) if number else set()


def members_around(id: str) -> set[UUID]:
    """The people who may see the project of this task."""
    projects = Task.objects.filter(pk=row_key(id)).values("project_id")
    return set(Member.objects.filter(project_id__in=projects).values_list("person", flat=True))


def nobody_by_itself(id: str) -> set[UUID]:
    """A report is for whoever may read its project, which is told with it."""
    return set()


def members_around_its_task(id: str) -> set[UUID]:
    """The people who may see the project of the task of this comment."""
    tasks = Comment.objects.filter(pk=row_key(id)).values("task__project_id")
    return set(Member.objects.filter(project_id__in=tasks).values_list("person", flat=True))


def its_project(fact: Event) -> tuple[str, ...]:
    assert isinstance(fact, told.TaskEvent | told.AboutTask | told.ReportGenerated)
    return (PROJECTS.of(fact.project_id),)


def its_task(fact: Event) -> tuple[str, ...]:
    assert isinstance(fact, told.CommentEvent)
    return (TASKS.of(fact.task_id), PROJECTS.of(fact.project_id))


def its_former_project(fact: Event) -> tuple[str, ...]:
    """Where the task was until this fact took it to another project."""
    moved = isinstance(fact, told.TaskUpdated) and fact.old_project_id is not None
    return (PROJECTS.of(fact.old_project_id),) if moved else ()  # type: ignore[attr-defined]


PROJECTS = topic(
    Topic(
        name="project",
        module="projects",
        subject="projects.project",
        reads_all=reads_all,
        reads=may_read_projects,
        audience=members,
        data=wire.project,
    )
)
TASKS = topic(
    Topic(
        name="task",
        module="projects",
        subject="projects.task",
        reads_all=reads_all,
        reads=may_read_projects,
        audience=members_around,
        data=wire.task,
        also=its_project,
        formerly=its_former_project,
    )
)
COMMENTS = topic(
    Topic(
        name="comment",
        module="projects",
        subject="projects.comment",
        reads_all=reads_all,
        reads=may_read_projects,
        audience=members_around_its_task,
        data=wire.comment,
        also=its_task,
    )
)
REPORTS = topic(
    Topic(
        name="report",
        module="projects",
        subject="projects.report",
        reads_all=reads_all,
        reads=may_read_projects,
        audience=nobody_by_itself,
        data=wire.report,
        also=its_project,
    )
)


@receiver(post_save, sender=Member)
@receiver(post_delete, sender=Member)
def somebody_else_may_read(instance: Member, raw: bool = False, **_: Any) -> None:
    if not raw:
        rights_changed(instance.person)
