"""Requests act as whoever sent them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .acting import acting_as


class BoundPrincipal:
    """Binds the request as the one who acts. Costs no query until somebody asks who that is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting_as(request):
            return self.get_response(request)
