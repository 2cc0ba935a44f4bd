"""How a page is answered: in the viewer's zone, under a strict content policy, refusals as pages."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from angarium.kernel.errors import AngariumError, Forbidden, Missing, Unavailable

from .refusals import said

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)

#: Own scripts, styles and pictures only; nothing inline, nobody frames us.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The viewer's own time zone, else the installation's."""
    name = getattr(getattr(request, "user", None), "timezone", "") or timezone.get_default_timezone_name()
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page, times in the viewer's zone. A page that refuses a form has status 422."""
    with timezone.override(zone_of(request)):
        response = render(request, template, context or {}, status=status)
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie, Accept-Language, HX-Request"
    return response


def partial(request: HttpRequest) -> bool:
    """Does htmx ask for the part of the page that changes, and not for the page?"""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def answered(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for anybody. Missing is 404, Forbidden 403, a database that is away 503."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Missing as refusal:
            raise Http404(said(refusal)) from refusal
        except Forbidden as refusal:
            raise PermissionDenied(said(refusal)) from refusal
        except (Unavailable, OperationalError, InterfaceError):
            return page(request, "503.html", status=503)

    return guarded


def signed_in(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for people who signed in, and `answered`."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if partial(request) and not request.user.is_authenticated:  # the session ended under an open page: load it anew
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return answered(view)(request, *args, **kwargs)

    return guarded


def attempt(request: HttpRequest, verb: Callable[[], R], *, done: str) -> R | None:
    """Carry out one verb and return its answer; `done` is said when it worked, else the refusal's own sentence.

    Missing, Forbidden and Unavailable pass through, so that `signed_in` answers them with their pages.
    """
    try:
        answer = verb()
    except (Missing, Forbidden, Unavailable):
        raise
    except AngariumError as refusal:
        messages.error(request, said(refusal))
        return None
    messages.success(request, done)
    return answer


def one_page(request: HttpRequest, rows: QuerySet[M], *, size: int, cursor: str) -> tuple[list[M], dict[str, Any]]:
    """The first `size` of `rows`, and what the pager's template needs: `follows` is the query string of the next page
    (empty on the last one), whose parameter `cursor` names the last row shown; `begun` says that this is not the first.
    """
    found = list(rows[: size + 1])
    query, more = request.GET.copy(), len(found) > size
    if more:
        query[cursor] = str(found[size - 1].pk)
    return found[:size], {"follows": query.urlencode() if more else "", "begun": bool(request.GET.get(cursor))}


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The address to go back to: `next` or the referrer when it is on this host, else `default`."""
    for address in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if address and url_has_allowed_host_and_scheme(
            address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return address
    return default
