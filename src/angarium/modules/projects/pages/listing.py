"""The list of projects."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from angarium.engine.console.public import page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.projects.queries import projects_seen_by


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    return page(request, "projects/list.html", {"projects": projects_seen_by(principal_of(request))})
