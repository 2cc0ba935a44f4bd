"""One task: what it is, whose, what is said about it and what happened to it; it follows what others do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from angarium.engine.console.public import attempt, page, partial, signed_in, subject_page, zone_of
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.clock import now
from angarium.modules.projects import actions
from angarium.modules.projects.due_soon import reminders_of
from angarium.modules.projects.errors import UnknownPerson
from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Comment, Reminder, Task
from angarium.modules.projects.queries import (
    comments_seen_by,
    may_change,
    may_comment,
    people_who_may_be_given,
    task_seen_by,
)

from .board import assignee_of
from .comment_form import CommentForm
from .history import history_of
from .names import GONE, choices_of, names_of
from .versions import version_of

subject_page("projects.task", "projects_pages:task")
#: Comments that are shown: the latest ones.
MOST = 200


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    return shown(request, task_seen_by(principal_of(request), id))


def shown(request: HttpRequest, task: Task, *, saying: CommentForm | None = None, status: int = 200) -> HttpResponse:
    """The page of a task, `saying` being a comment that was refused."""
    by = principal_of(request)
    changeable, assignee = may_change(by, task.project_id), assignee_of(task)
    comments = _latest(by, task)
    context: dict[str, Any] = {
        "task": task,
        "overdue": task.due_date < now() and task.status != Status.COMPLETED,
        "assignee": names_of([assignee]).get(assignee, GONE) if assignee else "",
        "assignee_id": str(assignee or ""),
        "people": _people(task, assignee) if changeable else [],
        "may_change": changeable,
        "may_comment": may_comment(by, task.project_id),
        "moves": [one for one in Status if one != task.status] if changeable else [],
        "comments": comments[:MOST],
        "earlier": len(comments) > MOST,
        "saying": saying or CommentForm(),
        "story": history_of(task, zone_of(request)),
        "reminders": _reminders(by, task),
        "shell": "console/part.html" if partial(request) else "projects/frame.html",
    }
    return page(request, "projects/task.html", context, status=status)


def _latest(by: Principal, task: Task) -> list[Comment]:
    """The latest comments, newest first; one more than are shown when there are more."""
    return list(comments_seen_by(by, task.pk).order_by("-id")[: MOST + 1])


def _people(task: Task, assignee: UUID | None) -> list[tuple[str, str]]:
    """Whom the task can be given to; whose it is now is among them even when that is nobody to be given it."""
    people = choices_of(people_who_may_be_given(task.project_id))
    if assignee and str(assignee) not in dict(people):
        people.append((str(assignee), str(names_of([assignee]).get(assignee, GONE))))
    return [("", str(pgettext_lazy("task", "nobody"))), *people]


def _reminders(by: Principal, task: Task) -> list[Reminder]:
    """The ledger of the task's reminders, each with the name of whom it tells."""
    rows = list(reminders_of(by, task.pk))
    names = names_of(row.person for row in rows)
    for row in rows:
        row.name = str(names.get(row.person, GONE)) if row.person else row.to or pgettext("task", "nobody")  # type: ignore[attr-defined]
    return rows


@require_POST
@signed_in
def assign(request: HttpRequest, id: int) -> HttpResponseBase:
    by = principal_of(request)
    text, version = request.POST.get("person", ""), version_of(request)
    attempt(
        request,
        lambda: actions.assign_task(id, by=by, person=_person(text), expected_version=version),
        done=_("Assigned.") if text else _("Nobody's now."),
    )
    return redirect("projects_pages:task", id=id)


def _person(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise UnknownPerson(field="person") from None
