"""Projects, tasks and reports as one can follow them. Whoever may read a project hears what happens to its tasks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from angarium.contracts import projects as told
from angarium.contracts.event import Event, dump
from angarium.engine.live.public import Topic, rights_changed, topic

from .models import Comment, Member, Task
from .queries import may_read_projects, reads_all

#: What frames carry besides the ids of the task and its project.
CARRIED = ("title", "status", "due_date", "rank", "assignee", "comment_id", "author", "content")


def members(id: str) -> set[UUID]:
    """The people who may see this project; also for a while after it is gone."""
    number = _number(id)
    return set(Member.objects.filter(project_id=number).values_list("person", flat=True)) if number else set()


def members_around(id: str) -> set[UUID]:
    """The people who may see the project of this task."""
    projects = Task.objects.filter(pk=_number(id)).values("project_id")
    return set(Member.objects.filter(project_id__in=projects).values_list("person", flat=True))


def nobody_by_itself(id: str) -> set[UUID]:
    """A report is for whoever may read its project, which is told with it."""
    return set()


def project(fact: Event) -> dict[str, Any]:
    """What the project is after this fact."""
    assert isinstance(fact, told.ProjectEvent)
    return {"id": fact.project_id, "name": fact.name}


def task(fact: Event) -> dict[str, Any]:
    """What this fact says of the task. New in its project, it has no place and is nobody's."""
    assert isinstance(fact, told.TaskEvent | told.AboutTask)
    new = isinstance(fact, told.TaskCreated) or (isinstance(fact, told.TaskUpdated) and fact.old_project_id)
    facts = {"rank": None, "assignee": None, **dump(fact)} if new else dump(fact)
    return _with_ids(facts, id=facts["task_id"])


def comment(fact: Event) -> dict[str, Any]:
    """The comment; `id` is the task's, as in all that is told of tasks."""
    assert isinstance(fact, told.CommentEvent)
    return _with_ids(dump(fact), id=fact.task_id)


def _with_ids(facts: dict[str, Any], *, id: int) -> dict[str, Any]:
    told_of = {name: facts[name] for name in CARRIED if name in facts}
    return {"id": id, "project": facts["project_id"], **told_of}


def report(fact: Event) -> dict[str, Any]:
    """The report: what is counted of its project."""
    assert isinstance(fact, told.ReportGenerated)
    facts = dump(fact)
    return {"id": facts.pop("report_id"), "project": facts.pop("project_id")} | facts


def members_around_its_task(id: str) -> set[UUID]:
    """The people who may see the project of the task of this comment."""
    tasks = Comment.objects.filter(pk=_number(id)).values("task__project_id")
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


def _number(id: str) -> int:
    """The key of a row; 0, which none has, for anything else."""
    return int(id) if id.isascii() and id.isdigit() and len(id) < 10 else 0


PROJECTS = topic(
    Topic(
        name="project",
        module="projects",
        subject="projects.project",
        reads_all=reads_all,
        reads=may_read_projects,
        audience=members,
        data=project,
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
        data=task,
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
        data=comment,
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
        data=report,
        also=its_project,
    )
)


@receiver(post_save, sender=Member)
@receiver(post_delete, sender=Member)
def somebody_else_may_read(instance: Member, raw: bool = False, **_: Any) -> None:
    if not raw:
        rights_changed(instance.person)
