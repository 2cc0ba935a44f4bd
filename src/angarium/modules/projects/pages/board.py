"""The board of one project: a card for each task, a column for each status; it shows what others do as they do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from angarium.engine.console.public import page, partial, signed_in, subject_page
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.clock import now
from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Project, Task
from angarium.modules.projects.queries import board, may_change, may_own, project_seen_by

from .names import GONE, initials, names_of
from .standing import Standing, standings_of

subject_page("projects.project", "projects_pages:show")
#: Cards of a column that are shown; the list of tasks has the others.
MOST = 100


@dataclass(frozen=True, slots=True)
class Card:
    """A task on the board."""

    task: Task
    assignee: str
    initials: str
    overdue: bool
    comments: int


@dataclass(frozen=True, slots=True)
class Column:
    """The first cards of a status; `follows` is the task after the last of them, `hidden` how many follow in all."""

    status: Status
    number: int
    cards: list[Card]
    follows: int | None

    @property
    def hidden(self) -> int:
        return self.number - len(self.cards)


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    project = project_seen_by(by, id)
    standing = standings_of([project], now())[0]
    context = {
        "project": project,
        "standing": standing,
        "columns": columns_of(by, project, standing),
        "may_change": may_change(by, id),
        "may_own": may_own(by, id),
        "shell": "console/part.html" if partial(request) else "projects/frame.html",
    }
    return page(request, "projects/board.html", context)


def columns_of(by: Principal, project: Project, standing: Standing) -> list[Column]:
    """The columns with their first cards. Five queries, however many cards there are."""
    of_status = {status: list(board(by, project.pk).filter(status=status)[: MOST + 1]) for status in Status}
    cards = _cards([task for tasks in of_status.values() for task in tasks[:MOST]])
    return [
        Column(
            status,
            standing.counts[status],
            [cards[task.pk] for task in tasks[:MOST]],
            tasks[MOST].pk if len(tasks) > MOST else None,
        )
        for status, tasks in of_status.items()
    ]


def _cards(tasks: Iterable[Task]) -> dict[int, Card]:
    rows, moment = list(tasks), now()
    names = names_of(assignee_of(task) for task in rows)
    said = Task.objects.filter(pk__in=[task.pk for task in rows]).values_list("pk").annotate(Count("comments"))
    comments: dict[int, int] = dict(said.order_by())
    return {task.pk: _card(task, names, comments[task.pk], late=task.due_date < moment) for task in rows}


def _card(task: Task, names: dict[UUID, str], comments: int, *, late: bool) -> Card:
    assignee = assignee_of(task)
    name = "" if assignee is None else str(names.get(assignee, GONE))
    return Card(task, name, initials(name), late and task.status != Status.COMPLETED, comments)


def assignee_of(task: Task) -> UUID | None:
    """Whose the task is; `assignment` is loaded with it."""
    return task.assignment.person if hasattr(task, "assignment") else None
