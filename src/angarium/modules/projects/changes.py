"""What an event about a task is to whom: news for whose task it is, unless they did it themselves."""

from __future__ import annotations

from collections.abc import Iterator

from angarium.contracts import projects as told
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person

from .choices import Reason
from .letters import News
from .models import Comment, Task
from .telling import assignee_of, people_of, words_of

Change = told.TaskAssigned | told.TaskCommented | told.TaskUpdated


def moves_reminders(change: Change) -> bool:
    """May reminders of the task be untrue after this?"""
    match change:
        case told.TaskUpdated(old_status=status, old_due_date=due, old_project_id=project):
            return bool(status or due or project)
        case _:
            return isinstance(change, told.TaskAssigned)


def news_of(change: Change, logged: Event) -> Iterator[tuple[Person, News]]:
    """Who is told what. Nobody of what is not so any more: the task is gone, or somebody else's by now."""
    if isinstance(change, told.TaskUpdated) and not change.old_status:
        return
    task = Task.objects.select_related("project").filter(pk=change.task_id).first()
    if task is None:
        return
    match change:
        case told.TaskAssigned(assignee=given):
            assignee = assignee_of(task)
            if assignee is not None and assignee.pk == given:
                yield assignee, _news(Reason.ASSIGNED, task, logged)
        case told.TaskCommented(author=author, content=content):
            if Comment.objects.filter(pk=change.comment_id).exists():
                for person in people_of(task):
                    yield person, _news(Reason.COMMENTED, task, logged, by=author, content=content)
        case told.TaskUpdated(old_status=old, status=status):
            for person in people_of(task):
                yield person, _news(Reason.STATUS, task, logged, old_status=old, status=status)


def _news(reason: Reason, task: Task, logged: Event, **words: str) -> News:
    by = {"by": logged.actor_name} if logged.actor is not None else {}
    return News(
        reason=reason, key=f"{logged.uid}", project=task.project_id, task=task.pk, words=words_of(task) | by | words
    )
