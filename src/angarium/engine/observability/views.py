"""Liveness without any I/O, readiness by the registered checks, metrics for Prometheus."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from .admission import may_read
from .metrics import exposition
from .readiness import findings

_ASK = {"WWW-Authenticate": "Bearer"}
_NOT_FOR_ALL = {
    "type": "urn:angarium:problem:unauthenticated",
    "title": "Unauthorized",
    "status": 401,
    "code": "unauthenticated",
    "detail": "Numbers are told to private addresses, and to others with METRICS_TOKEN.",
    "field": None,
}


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every required check is content, else 503; the body says what each of them found."""
    found = findings()
    good = not any(one.trouble for one in found if one.required)
    checks = {one.name: one.trouble or "ok" for one in found}
    return JsonResponse({"status": "ready" if good else "not ready", "checks": checks}, status=200 if good else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """401 as problem+json for whoever is neither near nor has the token."""
    if not may_read(request):
        return JsonResponse(_NOT_FOR_ALL, status=401, content_type="application/problem+json", headers=_ASK)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
