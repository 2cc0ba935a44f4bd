"""Django's last resorts (handler400 … handler500): problem+json on API paths, a page elsewhere."""

from __future__ import annotations

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from .paths import is_api
from .problems import of_status, problem_of, unavailable


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return problem_of(exception).response() if is_api(request) else defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return problem_of(exception).response() if is_api(request) else defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return problem_of(exception).response() if is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponseBase:
    """A database that is away is 503 and no fault of ours."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if is_api(request):
        return (unavailable() if away else of_status(500)).response()
    return _page_503(request) if away else defaults.server_error(request)


def _page_503(request: HttpRequest) -> HttpResponse:
    """Without the request's context: that would ask the database who is signed in."""
    page = defaults.server_error(request, template_name="503.html")
    page.status_code = 503
    page["Retry-After"] = unavailable().headers["Retry-After"]
    return page
