"""One API under three addresses: at the root of a module's host, at the root when it runs alone, under /api/<module>/.

Only `path_info` is changed, which routing reads; `path` stays as the client wrote it, so links lead back to its host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from .problem import CONTENT_TYPE
from .problems import of_status

#: First words of paths that are the same on every host.
EVERYWHERE = frozenset(
    {"", "admin", "app", "docs", "events", "favicon.ico", "health", "i18n", "login", "logout", "metrics"}
    | {"redoc", "static", "swagger", "theme", "ws"}
)
#: Of these, the ones that answer with and without a slash at their end.
_ours = ("/docs", "/redoc", "/swagger")


class ModulePaths:
    """Finds the route that a path means, adds its slash, and sees to it that every refusal of an API is a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.path_info = routed(request.path_info, str(request.META.get("HTTP_HOST", "")))
        response = self.get_response(request)
        if response.status_code < 400 or not is_api(request):
            return response
        return _as_problem(response)


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def routed(path: str, host: str) -> str:
    """The path that routing knows for what was asked of this host."""
    if path in _ours:
        return f"{path}/"
    module = module_of(host)
    candidates = list(_candidates(path, module))
    return next((one for one in candidates if _resolves(one)), candidates[0])


def module_of(host: str) -> str | None:
    """The module whose API stands at this host's root, if any."""
    modules = settings.ANGARIUM_MODULES
    if len(modules) == 1:
        return str(next(iter(modules)))
    first, dot, _rest = host.partition(":")[0].lower().partition(".")
    return first if dot and first in modules else None


def _candidates(path: str, module: str | None) -> Iterator[str]:
    whole = path if path.endswith("/") else f"{path}/"
    if path.lstrip("/").partition("/")[0] in EVERYWHERE:
        yield path
        return
    if module is not None:
        yield f"/api/{module}{whole.removeprefix('/api')}"
    yield whole if whole.startswith("/api/") else path


def _resolves(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """An error page that Django made for an API path (a debug page, an unknown host) says the same as JSON."""
    if response.headers.get("Content-Type", "").startswith((CONTENT_TYPE, "application/json")):
        return response
    answer = of_status(response.status_code).response()
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer
