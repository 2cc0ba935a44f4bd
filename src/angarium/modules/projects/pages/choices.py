"""The form of what one wants to be told: each reason for all projects, and for each project that is to be otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import attempt, page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.projects.choices import DEFAULTS, Reason, Way, Wishes
from angarium.modules.projects.choosing import Chosen, choose, person_of, wishes_of
from angarium.modules.projects.models import Project

#: Projects that the form has lines for; the API takes choices for any.
MOST = 50


class ChoicesForm(forms.Form):
    """A select for each reason, named `way-0-assigned` for all projects and `way-7-assigned` for project 7."""

    hour = forms.TypedChoiceField(
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        label=gettext_lazy("When the daily letter comes"),
        help_text=gettext_lazy("By the clock of your own time zone."),
    )
    own_changes = forms.BooleanField(required=False, label=gettext_lazy("Tell me also of what I did myself"))

    def __init__(self, data: QueryDict | None, *, wishes: Wishes, projects: list[Project]) -> None:
        initial = {"hour": wishes.hour, "own_changes": wishes.own_changes}
        super().__init__(data, initial=initial)
        self.projects = projects
        for project in (None, *projects):
            for reason in Reason:
                self._add(project, reason, wishes)

    def _add(self, project: Project | None, reason: Reason, wishes: Wishes) -> None:
        key = project.pk if project else None
        as_usual = [] if project is None else [("", gettext_lazy("as for all"))]
        usual = DEFAULTS[reason] if project is None else ""
        self.fields[_name(key, reason)] = forms.ChoiceField(
            choices=[*as_usual, *Way.choices],
            required=project is None,
            initial=wishes.chosen.get((key, reason), usual),
            label=f"{project or gettext_lazy('All projects')}: {reason.label}",
        )
        self.fields[_name(key, reason)].widget.attrs["aria-label"] = self.fields[_name(key, reason)].label

    def rows(self) -> Iterator[tuple[Project | None, list[tuple[Reason, Any]]]]:
        for project in (None, *self.projects):
            key = project.pk if project else None
            yield project, [(reason, self[_name(key, reason)]) for reason in Reason]

    def chosen(self) -> Iterator[Chosen]:
        for project in (None, *(one.pk for one in self.projects)):
            for reason in Reason:
                way = self.cleaned_data[_name(project, reason)]
                if way and (project is not None or way != DEFAULTS[reason]):
                    yield {"project": project, "reason": reason, "way": way}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    person = person_of(by)
    wishes, projects = wishes_of([person.pk])[person.pk], _projects_of(person.pk)
    form = ChoicesForm(request.POST or None, wishes=wishes, projects=projects)
    if form.is_bound and form.is_valid():
        shown = {None, *(one.pk for one in projects)}
        others: list[Chosen] = [
            {"project": project, "reason": reason, "way": way}
            for (project, reason), way in wishes.chosen.items()
            if project not in shown
        ]
        kept = {"hour": form.cleaned_data["hour"], "own_changes": form.cleaned_data["own_changes"]}
        attempt(
            request, lambda: choose(by, choices=[*form.chosen(), *others], **kept), done=_("Your choices are kept.")
        )
        return redirect("projects_pages:choices")
    context = {"form": form, "rows": form.rows(), "reasons": list(Reason), "person": person}
    return page(request, "projects/choices.html", context, status=422 if form.errors else 200)


def _projects_of(person: UUID) -> list[Project]:
    """One's own projects by their names."""
    return list(Project.objects.filter(members__person=person).order_by("name", "id")[:MOST])


def _name(project: int | None, reason: str) -> str:
    return f"way-{project or 0}-{reason}"
