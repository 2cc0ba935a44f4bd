"""The first page: how much work there is, how it went today, and where to go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from .page import page, signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return page(request, "console/home.html")
