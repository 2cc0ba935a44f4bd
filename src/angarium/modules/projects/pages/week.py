"""One's own week: what is overdue, and what is due on each of seven days of one's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from angarium.engine.console.public import page, partial, signed_in, zone_of
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.clock import now
from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Task
from angarium.modules.projects.queries import find_tasks

from .due import midnight
from .tasks import due_first

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

DAYS = 7
#: Tasks of one week that are shown, and overdue ones.
MOST = 200


@dataclass(frozen=True, slots=True)
class Day:
    """A day with its tasks; its `name` is `Today`, `Tomorrow` or the weekday."""

    date: date
    name: _StrOrPromise
    tasks: list[Task]


@signed_in
def show(request: HttpRequest) -> HttpResponse:
    by, zone, moment = principal_of(request), zone_of(request), now()
    today = moment.astimezone(zone).date()
    begin, end = midnight(today, zone), midnight(today + timedelta(days=DAYS), zone)
    due = list(due_first(_open(by)).filter(due_date__gte=max(begin, moment), due_date__lt=end)[:MOST])
    of_day: dict[date, list[Task]] = {}
    for task in due:
        of_day.setdefault(task.due_date.astimezone(zone).date(), []).append(task)
    overdue = list(due_first(_open(by)).filter(due_date__lt=moment)[: MOST + 1])
    context = {
        "overdue": overdue[:MOST],
        "more_overdue": len(overdue) > MOST,
        "days": [_day(today, number, of_day) for number in range(DAYS)],
        "number": len(due),
        "full": len(due) == MOST,
        "later": _open(by).filter(due_date__gte=end).count(),
    }
    template = "projects/week_body.html" if partial(request) else "projects/week.html"
    return page(request, template, context)


def _open(by: Principal) -> QuerySet[Task]:
    """The tasks given to whoever asks that are not completed."""
    mine = find_tasks(by, assignee=by.id) if by.id else Task.objects.none()
    return mine.exclude(status=Status.COMPLETED).select_related("project")


def _day(today: date, number: int, of_day: dict[date, list[Task]]) -> Day:
    day = today + timedelta(days=number)
    names = {0: _("Today"), 1: _("Tomorrow")}
    return Day(day, names.get(number) or date_format(day, "l"), of_day.get(day, []))
