"""What happened to a task, in words, from the log of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from angarium.contracts import projects as told
from angarium.contracts.event import Event as Fact
from angarium.contracts.event import load
from angarium.engine.console.public import Moment, span_of, story_of
from angarium.engine.events.public import Event
from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Project, Task

from .names import GONE, names_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

WORDS: dict[str, _StrOrPromise] = {
    told.TaskCreated.type: pgettext_lazy("task", "Entered"),
    told.TaskUpdated.type: pgettext_lazy("task", "Edited"),
    told.TaskDeleted.type: pgettext_lazy("task", "Deleted"),
    told.TaskAssigned.type: pgettext_lazy("task", "Assigned"),
}


def history_of(task: Task, zone: ZoneInfo) -> list[Moment]:
    """The newest first, times on the clock of `zone`; where on the board its card was put is no history."""
    story = [one for one in story_of(f"projects.task:{task.pk}", WORDS) if one.event.type != told.TaskPlaced.type]
    facts = {moment.event.uid: fact for moment in story if (fact := _fact(moment.event))}
    people = names_of(person for fact in facts.values() for person in _people_in(fact))
    projects = dict(Project.objects.filter(pk__in=_projects_in(facts.values())).values_list("pk", "name"))
    for moment in story:
        match facts.get(moment.event.uid):
            case told.TaskUpdated() as fact:
                moment.detail = "; ".join(_changes(fact, zone, projects))
                if fact.changed == ("status",):
                    moment.words = _("Moved")
            case told.TaskAssigned() as fact:
                moment.detail = _given(fact, people)
    return story


def _fact(event: Event) -> Fact | None:
    """What the event says; None when an older release wrote it in another shape."""
    try:
        return load(event.type, event.data)
    except (KeyError, msgspec.ValidationError):
        return None


def _people_in(fact: Fact) -> list[UUID | None]:
    return [fact.assignee, fact.old_assignee] if isinstance(fact, told.TaskAssigned) else []


def _projects_in(facts: Iterable[Fact]) -> set[int]:
    moved = [one for one in facts if isinstance(one, told.TaskUpdated) and one.old_project_id]
    return {id for one in moved for id in (one.project_id, one.old_project_id) if id}


def _changes(fact: told.TaskUpdated, zone: ZoneInfo, projects: dict[int, str]) -> list[str]:
    """What changed, with before and after where the event knows both."""
    both: dict[str, Callable[[], str]] = {
        "status": lambda: f"{_status(fact.old_status)} → {_status(fact.status)}",
        "due_date": lambda: f"{span_of(fact.old_due_date or fact.due_date, zone.key)} → {_due(fact, zone)}",
        "project_id": lambda: f"{_project(fact.old_project_id, projects)} → {_project(fact.project_id, projects)}",
        "title": lambda: _("title: %(title)s") % {"title": fact.title},
        "description": lambda: str(Task._meta.get_field("description").verbose_name),
    }
    return [both[name]() for name in fact.changed if name in both]


def _status(code: str) -> str:
    return str(dict(Status.choices).get(code, code))


def _due(fact: told.TaskUpdated, zone: ZoneInfo) -> str:
    return span_of(fact.due_date, zone.key)


def _project(id: int | None, names: dict[int, str]) -> str:
    return names.get(id or 0, _("a project that is gone"))


def _given(fact: told.TaskAssigned, people: dict[UUID, str]) -> str:
    if fact.assignee is None:
        return str(gettext_lazy("to nobody"))
    return _("to %(name)s") % {"name": people.get(fact.assignee, GONE)}
