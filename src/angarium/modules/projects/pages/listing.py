"""The list of projects, each with how far it is; it follows what happens while it is open."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext_lazy

from angarium.engine.console.public import one_page, page, partial, signed_in
from angarium.engine.identity.public import principal_of
from angarium.kernel.clock import now
from angarium.modules.projects.models import Project
from angarium.modules.projects.queries import find_projects, may_begin

from .hits import with_hits
from .standing import standings_of

PAGE = 25


class Filters(forms.Form):
    """What the list is narrowed to; the cursor is the project that the page before ended with."""

    q = forms.CharField(required=False, max_length=200, label=pgettext_lazy("project", "Name"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, form = principal_of(request), Filters(request.GET)
    words = ""
    rows: QuerySet[Project] = Project.objects.none()
    if valid := form.is_valid():
        words = form.cleaned_data["q"]
        rows = find_projects(by, q=words)
        rows = rows.filter(id__lt=before) if (before := form.cleaned_data["before"]) else rows
    projects, pager = one_page(request, rows.order_by("-id"), size=PAGE, cursor="before")
    context = {
        "form": form,
        "rows": [(one, with_hits(one.project.name, words)) for one in standings_of(projects, now())],
        **pager,
        "narrowed": bool(request.GET.get("q")),
        "may_begin": may_begin(by),
        "here": request.get_full_path(),
    }
    template = "projects/list_body.html" if partial(request) else "projects/list.html"
    return page(request, template, context, status=200 if valid else 400)
