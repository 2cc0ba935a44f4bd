"""Entering, editing and deleting a task."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, signed_in, zone_of
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.projects import actions
from angarium.modules.projects.errors import NotYours
from angarium.modules.projects.lifecycle import Status
from angarium.modules.projects.models import Task
from angarium.modules.projects.queries import (
    may_change,
    people_who_may_be_given,
    project_seen_by,
    projects_changed_by,
    task_seen_by,
    tasks_seen_by,
)

from .due import Due, on_wall, tomorrow_evening
from .names import choices_of
from .versions import version_of


class TaskForm(forms.Form):
    """A task; `due_date` is on the clock of `zone`."""

    title = forms.CharField(max_length=255, label=gettext_lazy("Title"))
    description = forms.CharField(
        required=False, label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 5})
    )
    status = forms.ChoiceField(choices=Status.choices, label=gettext_lazy("Status"))
    due_date = Due(label=gettext_lazy("Due"))

    def __init__(self, data: Any, *, zone: ZoneInfo, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        due = self.fields["due_date"]
        assert isinstance(due, Due)
        due.zone = zone
        due.help_text = _("On your clock: %(zone)s.") % {"zone": zone.key}


class NewTask(TaskForm):
    """A task to be entered; it can be given to somebody at once."""

    assignee = forms.ChoiceField(required=False, label=gettext_lazy("Assignee"))

    def __init__(self, data: Any, *, project: int, **options: Any) -> None:
        super().__init__(data, **options)
        people = choices_of(people_who_may_be_given(project))
        self.fields["assignee"].choices = [("", gettext_lazy("nobody yet")), *people]  # type: ignore[attr-defined]


class TaskEdit(TaskForm):
    """A task to be edited; it can go to another project that one may change."""

    project = forms.TypedChoiceField(coerce=int, label=gettext_lazy("Project"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, by: Principal, **options: Any) -> None:
        super().__init__(data, **options)
        mine = projects_changed_by(by).order_by("name", "id").values_list("pk", "name")
        self.fields["project"].choices = list(mine)  # type: ignore[attr-defined]

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from how the form was shown."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest, id: int) -> HttpResponse:
    by, zone = principal_of(request), zone_of(request)
    project = project_seen_by(by, id)
    if not may_change(by, id):
        raise NotYours
    status = request.GET.get("status", "")
    initial = {"due_date": tomorrow_evening(zone), "status": status if status in Status.values else Status.PENDING}
    form = NewTask(request.POST or None, project=id, zone=zone, initial=initial)
    made = fill(form, lambda: _enter(by, id, **form.cleaned_data))
    if made is not None:
        return redirect("projects_pages:task", id=made.pk)
    context = {"form": form, "project": project}
    return page(request, "projects/task_form.html", context, status=422 if form.errors else 200)


def _enter(by: Principal, project: int, *, assignee: str, **values: Any) -> Task:
    """Entered and given away both, or neither."""
    with transaction.atomic():
        task = actions.create_task(by=by, project=project, **values)
        if assignee:
            actions.assign_task(task.pk, by=by, person=UUID(assignee))
    return task


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponse:
    by, zone = principal_of(request), zone_of(request)
    task = task_seen_by(by, id)
    if not may_change(by, task.project_id):
        raise NotYours
    form = TaskEdit(request.POST or None, by=by, zone=zone, initial=_shown(task, zone))
    change = actions.edit_task
    changed = fill(form, lambda: change(id, by=by, expected_version=form.cleaned_data["version"], **form.changes))
    if changed is not None:
        return redirect("projects_pages:task", id=id)
    context = {"form": form, "task": task, "project": task.project}
    return page(request, "projects/task_form.html", context, status=422 if form.errors else 200)


def _shown(task: Task, zone: ZoneInfo) -> dict[str, Any]:
    names = ("title", "status", "version")
    return {
        **{name: getattr(task, name) for name in names},
        "description": task.description or "",
        "project": task.project_id,
        "due_date": on_wall(task.due_date, zone),
    }


@require_POST
@signed_in
def deletion(request: HttpRequest, id: int) -> HttpResponseBase:
    by = principal_of(request)
    task, delete = task_seen_by(by, id), actions.delete_task
    attempt(request, lambda: delete(id, by=by, expected_version=version_of(request)), done=_("The task was deleted."))
    there = tasks_seen_by(by).filter(pk=id).exists()
    return redirect("projects_pages:task", id=id) if there else redirect("projects_pages:show", id=task.project_id)
