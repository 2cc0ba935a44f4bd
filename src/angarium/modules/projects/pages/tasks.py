"""The list of tasks, narrowed by project, status, assignee, due date and words; it follows what happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.engine.console.public import one_page, page, partial, signed_in, zone_of
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.clock import now
from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Task
from angarium.modules.projects.queries import find_tasks, people_of, projects_seen_by

from .board import assignee_of
from .due import midnight
from .hits import with_hits
from .names import GONE, choices_of, names_of

PAGE = 50
#: Projects and people that a filter offers; whoever has more narrows by words.
OFFERED = 500
MINE, NOBODY = "me", "nobody"
NARROWING = ("q", "project", "status", "assignee", "due")
OPEN = "open"
STATUSES = [("", _("any")), (OPEN, _("to be done")), *Status.choices]
DUE = [
    ("", _("whenever")),
    ("overdue", _("overdue")),
    ("today", _("today")),
    ("week", _("in seven days")),
    ("later", _("later")),
]


class Filters(forms.Form):
    """What the list is narrowed to; the cursor is the task that the page before ended with."""

    q = forms.CharField(required=False, max_length=200, label=_("Title"))
    project = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=_("Project"))
    status = forms.ChoiceField(required=False, choices=STATUSES, label=_("Status"))
    assignee = forms.ChoiceField(required=False, label=_("Assignee"))
    due = forms.ChoiceField(required=False, choices=DUE, label=_("Due"))
    after = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: Any, *, by: Principal) -> None:
        super().__init__(data)
        projects = list(projects_seen_by(by).order_by("name", "id").values_list("pk", "name")[:OFFERED])
        people = choices_of(one for one in people_of([id for id, _name in projects])[:OFFERED] if one.pk != by.id)
        whose = [("", _("anybody")), (MINE, _("me")), (NOBODY, pgettext_lazy("task", "nobody")), *people]
        for name, choices in (("project", [("", _("all")), *projects]), ("assignee", whose)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def narrows(self) -> bool:
        return any(self.data.get(name) for name in NARROWING)


@dataclass(frozen=True, slots=True)
class Row:
    """A task of the list."""

    task: Task
    title: SafeString
    assignee: str
    overdue: bool


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    form, words = Filters(request.GET, by=by), ""
    found: QuerySet[Task] = Task.objects.none()
    if valid := form.is_valid():
        words = form.cleaned_data["q"]
        found = due_first(_found(by, form.cleaned_data, zone_of(request)), form.cleaned_data["after"])
    rows, pager = one_page(request, found.select_related("project", "assignment"), size=PAGE, cursor="after")
    context = {
        "form": form,
        "rows": rows_of(rows, words),
        **pager,
        "narrowed": form.narrows,
        "first": f"?{urlencode({name: form.data[name] for name in NARROWING if form.data.get(name)})}",
        "here": request.get_full_path(),
    }
    template = "projects/tasks_body.html" if partial(request) else "projects/tasks.html"
    return page(request, template, context, status=200 if valid else 400)


def rows_of(tasks: list[Task], words: str = "") -> list[Row]:
    """These tasks for a list, `assignment` loaded with them. One query."""
    moment, names = now(), names_of(assignee_of(task) for task in tasks)
    rows = []
    for task in tasks:
        assignee = assignee_of(task)
        name = "" if assignee is None else str(names.get(assignee, GONE))
        late = task.due_date < moment and task.status != Status.COMPLETED
        rows.append(Row(task, with_hits(task.title, words), name, late))
    return rows


def due_first(tasks: QuerySet[Task], after: int | None = None) -> QuerySet[Task]:
    """By due date, the earliest first; of what follows the task `after`, while it is still there."""
    if after and (due := Task.objects.filter(pk=after).values_list("due_date", flat=True).first()):
        tasks = tasks.filter(Q(due_date__gt=due) | Q(due_date=due, id__gt=after))
    return tasks.order_by("due_date", "id")


def _found(by: Principal, wanted: dict[str, Any], zone: ZoneInfo) -> QuerySet[Task]:
    tasks = find_tasks(
        by,
        project=wanted["project"],
        status="" if wanted["status"] == OPEN else wanted["status"],
        assignee=_whose(wanted["assignee"], by),
        q=wanted["q"],
        **_when(wanted["due"], zone),
    )
    if wanted["status"] == OPEN:
        tasks = tasks.exclude(status=Status.COMPLETED)
    return tasks.filter(assignment__isnull=True) if wanted["assignee"] == NOBODY else tasks


def _whose(text: str, by: Principal) -> UUID | None:
    if text == MINE:
        return by.id
    return None if text in ("", NOBODY) else UUID(text)


def _when(due: str, zone: ZoneInfo) -> dict[str, datetime]:
    """Days are those of the reader's own clock."""
    today = now().astimezone(zone).date()
    begin, tomorrow, week = (midnight(today + timedelta(days=days), zone) for days in (0, 1, 7))
    return {
        "": {},
        "overdue": {"overdue_at": now()},
        "today": {"due_from": begin, "due_to": tomorrow},
        "week": {"due_from": begin, "due_to": week},
        "later": {"due_from": week},
    }[due]
