"""Lessons ask for preparation: a task for each, due when it begins, in the project that PROJECTS_LESSONS_PROJECT names.

It hears of lessons by their events alone, which come from the same log or from another deployment's (ADR-0011); those
of one lesson in their order.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from angarium.contracts.lessons import (
    LessonCancelled,
    LessonCreated,
    LessonDeleted,
    LessonEvent,
    LessonRescheduled,
    LessonUpdated,
)
from angarium.engine.identity.public import SYSTEM
from angarium.engine.tasks.public import Cancel, Done, Outcome

from . import actions
from .lifecycle import Status
from .models import Preparation, Task

HEARS = (LessonCreated, LessonUpdated, LessonRescheduled, LessonCancelled, LessonDeleted)
#: Statuses of a lesson that is still to be held; none is told in events from before it was.
AHEAD = {"", "planned", "confirmed", "rescheduled"}
LONGEST_TITLE = 255


def bring_in_line(event: LessonEvent) -> Outcome:
    """Make, move, rename or drop the task of a lesson, as the event says. UnknownProject when the one of the setting is
    not there (any more)."""
    made = Preparation.objects.filter(lesson=event.lesson_id).first()
    if made is None:
        return _begin(event)
    task = Task.objects.filter(pk=made.task).first()
    if task is None:
        return Cancel("Somebody took the task away.")
    if isinstance(event, LessonCancelled | LessonDeleted):
        return _drop(task)
    if isinstance(event, LessonRescheduled):
        actions.edit_task(task.pk, by=SYSTEM, due_date=event.starts_at)
    elif isinstance(event, LessonUpdated) and "title" in event.changed:
        actions.edit_task(task.pk, by=SYSTEM, title=_title(event))
    return Done({"task": task.pk})


def _begin(event: LessonEvent) -> Outcome:
    if isinstance(event, LessonCancelled | LessonDeleted) or event.status not in AHEAD:
        return Cancel("There is nothing to prepare any more.")
    project = settings.PROJECTS_LESSONS_PROJECT
    task = actions.create_task(by=SYSTEM, project=project, title=_title(event), due_date=event.starts_at)
    Preparation.objects.create(lesson=event.lesson_id, task=task.pk)
    return Done({"task": task.pk})


def _drop(task: Task) -> Outcome:
    """Nobody needs it any more. Where somebody has begun, it is theirs to decide what becomes of it."""
    if task.status == Status.PENDING:
        actions.delete_task(task.pk, by=SYSTEM)
    else:
        actions.add_comment(task.pk, by=SYSTEM, author="Angarium", content=_("The lesson will not be held."))
    return Done({"task": task.pk})


def _title(event: LessonEvent) -> str:
    return (_("Prepare: %(title)s") % {"title": event.title})[:LONGEST_TITLE]
