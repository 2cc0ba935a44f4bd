"""Pages say at which place of the logs they were made, so that nothing happens between a page and its live frames."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .place import here

HEADER = "Live-Position"


class LivePosition:
    """Reads the place before the page reads its data: what happens meanwhile is then told once more, never less."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "GET" or not (request.path_info == "/" or request.path_info.startswith("/app/")):
            return self.get_response(request)
        if request.user.is_authenticated:
            request.live = str(here())  # type: ignore[attr-defined]
        response = self.get_response(request)
        if place := getattr(request, "live", ""):
            response.headers[HEADER] = place
        return response
