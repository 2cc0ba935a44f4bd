"""The outermost layer of every request: its id, its line in the log, its numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from angarium.kernel.ids import uuid7

from .bound import bind
from .logs import get_logger
from .metrics import counter, histogram

log = get_logger("angarium.requests")
requests = counter("angarium_http_requests", "Requests answered.", ["method", "route", "status"])
seconds = histogram("angarium_http_request_seconds", "Seconds until the answer began.", ["method", "route"])
errors = counter("angarium_http_errors", "Requests answered with a fault of ours (5xx).", ["method", "route"])

_sane = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_methods = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_probes = ("/health/", "/metrics")
_quiet = (*_probes, "/static/")
#: A row's id with its signature, as it stands in addresses that let in whoever has them: of it, the id alone is told.
_signed = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{43}")


class RequestContext:
    """Binds `request_id` (X-Request-Id when it is sane, else new), sends it back, counts and logs the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _sane.fullmatch(given) else str(uuid7())
        request.request_id = request_id  # type: ignore[attr-defined]
        with bind(request_id=request_id):
            began = perf_counter()
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            self.record(request, response.status_code, perf_counter() - began)
        return response

    def record(self, request: HttpRequest, status: int, took: float) -> None:
        method = request.method if request.method in _methods else "OTHER"
        route = _route(request)
        requests.labels(method, route, str(status)).inc()
        seconds.labels(method, route).observe(took)
        if status >= 500:
            errors.labels(method, route).inc()
        say = log.debug if request.path.startswith(_quiet) else log.info
        path, ms = _signed.sub(r"\1.…", request.path), round(took * 1000, 1)
        say("request", method=method, path=path, route=route, status=status, ms=ms)


class Probes:
    """Answers health and metrics before anything looks at the Host header: whoever probes a replica knows only its
    address, which is none of ALLOWED_HOSTS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(_probes):
            try:
                match = resolve(request.path_info)
            except Resolver404:
                return self.get_response(request)
            request.resolver_match = match
            answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
            return answer
        return self.get_response(request)


def _route(request: HttpRequest) -> str:
    """The name of the route, never the path: an attacker could fill a label with paths."""
    match = request.resolver_match
    return "unmatched" if match is None else match.view_name or match.route or "unnamed"
