"""Which lists are kept, what each depends on, and which of them a fact concerns.

projects:all      projects:<person>      the projects that everybody sees who sees all, and those of one person
tasks:all         tasks:<person>         their tasks
tasks:7           person:<person>        the tasks of project 7, for whoever may see it; what this person may see
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from angarium.contracts.live import RightsChanged
from angarium.contracts.projects import ProjectEvent, TaskAssigned, TaskEvent, TaskUpdated
from angarium.engine.caches.public import Scope, concerns
from angarium.engine.identity.public import Principal

from .models import Member
from .queries import may_read_projects, reads_all

PROJECTS, TASKS, PERSON = "projects.projects", "projects.tasks", "projects.person"
ALL = "all"


def scope_of_projects(by: Principal) -> Scope | None:
    """The list of projects that this principal sees; nothing is kept for nobody."""
    whose = _whose(by)
    return Scope(PROJECTS, f"{PROJECTS}:{whose}") if whose else None


def scope_of_tasks(by: Principal, project: str | None) -> Scope | None:
    """The list of tasks that this principal sees, of all projects or of the one with this number."""
    whose = _whose(by)
    if not whose:
        return None
    if project is None or not (project.isascii() and project.isdigit() and len(project) < 10):
        return Scope(TASKS, f"{TASKS}:{whose}")
    main = f"{TASKS}:{int(project)}"
    return Scope(TASKS, main) if whose == ALL else Scope(TASKS, main, (f"{PERSON}:{whose}",))


@concerns(ProjectEvent)
def lists_with_projects(facts: Sequence[ProjectEvent]) -> Iterable[str]:
    return _of_everybody(PROJECTS, {fact.project_id for fact in facts})


@concerns(TaskEvent, TaskAssigned)
def lists_with_tasks(facts: Sequence[TaskEvent | TaskAssigned]) -> Iterable[str]:
    """A task that went to another project was in the lists of those who see the one that it left."""
    left = {fact.old_project_id for fact in facts if isinstance(fact, TaskUpdated) and fact.old_project_id}
    found = left | {fact.project_id for fact in facts}
    yield from (f"{TASKS}:{id}" for id in found)
    yield from _of_everybody(TASKS, found)


@concerns(RightsChanged)
def lists_of_a_person(facts: Sequence[RightsChanged]) -> Iterable[str]:
    """Who is named became a member of some project, or is none any more."""
    for person in {fact.person_id for fact in facts} - {None}:
        yield from (f"{kind}:{person}" for kind in (PROJECTS, TASKS, PERSON))


def _of_everybody(kind: str, projects: Collection[int]) -> Iterable[str]:
    """The lists of those who see all, and of the members of these projects."""
    yield f"{kind}:{ALL}"
    people: Iterable[UUID] = Member.objects.filter(project_id__in=projects).values_list("person", flat=True).distinct()
    yield from (f"{kind}:{person}" for person in people)


def _whose(by: Principal) -> str:
    if reads_all(by):
        return ALL
    return str(by.id) if by.id is not None and may_read_projects(by) else ""
