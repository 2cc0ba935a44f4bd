"""The literal pair for people: a task is made with a name and a time, and is watched through its four statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import fill, one_page, page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.engine.ledger.public import State, counts
from angarium.kernel.clock import now
from angarium.modules.operations import actions
from angarium.modules.operations.lifecycle import Status
from angarium.modules.operations.models import TASK, Task, single_line
from angarium.modules.operations.queries import reads_all, tasks_for, tasks_named, with_status

PAGE, LONGEST = 25, 3600
STATUSES = {
    Status.NEW: _("new"),
    Status.PROCESSING: _("in process"),
    Status.COMPLETED: pgettext_lazy("status of a task", "completed"),
    Status.ERROR: _("error"),
}
#: A status as the pills of the ledger's states are drawn.
LOOKS = {
    Status.NEW: State.QUEUED,
    Status.PROCESSING: State.RUNNING,
    Status.COMPLETED: State.SUCCEEDED,
    Status.ERROR: State.FAILED,
}


class TaskForm(forms.Form):
    """A task to be made."""

    name = forms.CharField(max_length=255, validators=[single_line], label=_("Name of the task"))
    processing_time = forms.IntegerField(
        min_value=0,
        max_value=LONGEST,
        initial=5,
        label=_("Processing time, seconds"),
        help_text=_("With 13 it ends in an error after 13 seconds."),
    )


class TaskFilters(forms.Form):
    """Which tasks; a cursor goes on after one."""

    q = forms.CharField(required=False, max_length=200, label=_("Name or identifier"))
    status = forms.TypedChoiceField(
        required=False,
        choices=[("", _("any")), *((str(one.value), words) for one, words in STATUSES.items())],
        coerce=lambda value: Status(int(value)),
        empty_value=None,
        label=_("Status"),
    )
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Shown:
    """A task as the list shows it. `running` is how many seconds it has been processed so far, if it is."""

    task: Task
    look: str
    word: str
    running: float | None


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def tasks(request: HttpRequest) -> HttpResponseBase:
    """The list; with a POST a new task."""
    principal = principal_of(request)
    form = TaskForm(request.POST if request.method == "POST" else None)
    if fill(form, lambda: actions.create_task(by=principal, **form.cleaned_data)) is not None:
        return redirect("operations_pages:tasks")
    return _listed(request, principal, form)


def _listed(request: HttpRequest, principal: Principal, form: TaskForm) -> HttpResponse:
    filters = TaskFilters(request.GET)
    valid = filters.is_valid()
    found, pager = one_page(request, _rows(principal, filters if valid else None), size=PAGE, cursor="before")
    context = {
        "form": form,
        "filters": filters,
        "tasks": [_shown(one) for one in found],
        **pager,
        "numbers": _numbers(principal),
        "narrowed": any(request.GET.get(name) for name in ("q", "status")),
        "may_make": principal.may("operations:write"),
        "here": request.get_full_path(),
    }
    template = "operations/tasks_body.html" if partial(request) else "operations/tasks.html"
    return page(request, template, context, status=422 if form.errors else 200 if valid else 400)


def _rows(principal: Principal, filters: TaskFilters | None) -> Any:
    if filters is None:
        return Task.objects.none()
    rows, wanted = tasks_for(principal).order_by("-id"), filters.cleaned_data
    if wanted["q"]:
        rows = tasks_named(rows, wanted["q"])
    if wanted["status"]:
        rows = with_status(rows, wanted["status"])
    return rows.filter(id__lt=wanted["before"]) if wanted["before"] else rows


def _shown(task: Task) -> Shown:
    running = None
    if task.status is Status.PROCESSING and task.started_at is not None:
        running = max(0.0, (now() - task.started_at).total_seconds())
    return Shown(task, LOOKS[task.status].value, str(STATUSES[task.status]), running)


def _numbers(principal: Principal) -> list[tuple[Status, str, str, int | None]]:
    """(status, its pill, its word, how many): what has ended from the ledger's counters, which only tell of all."""
    rows = tasks_for(principal).filter(due__isnull=False)
    open_now = rows.aggregate(new=Count("id", filter=Q(started_at=None)), all=Count("id"))
    ended = _ended() if reads_all(principal) else {}
    numbers = {Status.NEW: open_now["new"], Status.PROCESSING: open_now["all"] - open_now["new"], **ended}
    return [(one, LOOKS[one].value, str(words), numbers.get(one)) for one, words in STATUSES.items()]


def _ended() -> Mapping[Status, int]:
    found = counts().get(TASK, {})
    return {
        Status.COMPLETED: found.get(State.SUCCEEDED, 0),
        Status.ERROR: found.get(State.FAILED, 0) + found.get(State.CANCELLED, 0),
    }
