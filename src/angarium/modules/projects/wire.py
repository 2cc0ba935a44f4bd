"""What a fact about projects is in JSON, for live frames and webhooks alike. Pure: a fact in, plain data out."""

from __future__ import annotations

from typing import Any

from angarium.contracts import projects as told
from angarium.contracts.event import Event, dump

#: What is told besides the ids of the task and its project.
CARRIED = ("title", "status", "due_date", "rank", "assignee", "comment_id", "author", "content")


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


def report(fact: Event) -> dict[str, Any]:
    """The report: what is counted of its project."""
    assert isinstance(fact, told.ReportGenerated)
    facts = dump(fact)
    return {"id": facts.pop("report_id"), "project": facts.pop("project_id")} | facts


def of_any(fact: Event) -> dict[str, Any]:
    """The same for a fact of any of these kinds."""
    match fact:
        case told.ProjectEvent():
            return project(fact)
        case told.CommentEvent():
            return comment(fact)
        case told.ReportGenerated():
            return report(fact)
    return task(fact)


def _with_ids(facts: dict[str, Any], *, id: int) -> dict[str, Any]:
    told_of = {name: facts[name] for name in CARRIED if name in facts}
    return {"id": id, "project": facts["project_id"], **told_of}
