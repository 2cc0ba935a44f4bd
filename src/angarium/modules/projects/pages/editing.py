"""Entering, editing and deleting a project."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, fill, page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.projects import actions
from angarium.modules.projects.errors import NotYours
from angarium.modules.projects.queries import may_begin, may_change, may_own, project_seen_by, projects_seen_by

from .versions import version_of


class ProjectForm(forms.Form):
    """A project to be entered or edited."""

    name = forms.CharField(max_length=255, label=pgettext_lazy("project", "Name"))
    description = forms.CharField(
        required=False, label=gettext_lazy("Description"), widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from how the form was shown."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    if not may_begin(by):
        raise NotYours
    form = ProjectForm(request.POST or None)
    made = fill(form, lambda: actions.create_project(by=by, **form.changes))
    if made is not None:
        return redirect("projects_pages:show", id=made.pk)
    return page(request, "projects/form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    project = project_seen_by(by, id)
    if not may_change(by, id):
        raise NotYours
    initial = {"name": project.name, "description": project.description or "", "version": project.version}
    form = ProjectForm(request.POST or None, initial=initial)
    change = actions.edit_project
    changed = fill(form, lambda: change(id, by=by, expected_version=form.cleaned_data["version"], **form.changes))
    if changed is not None:
        return redirect("projects_pages:show", id=id)
    context = {"form": form, "project": project, "may_own": may_own(by, id)}
    return page(request, "projects/form.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def deletion(request: HttpRequest, id: int) -> HttpResponseBase:
    by = principal_of(request)
    delete = actions.delete_project
    done = _("The project was deleted with its tasks.")
    attempt(request, lambda: delete(id, by=by, expected_version=version_of(request)), done=done)
    there = projects_seen_by(by).filter(pk=id).exists()
    return redirect("projects_pages:edit", id=id) if there else redirect("projects_pages:list")
