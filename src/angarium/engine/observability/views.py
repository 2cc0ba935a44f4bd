"""Liveness without any I/O, readiness by the registered checks, metrics for Prometheus."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from .logs import get_logger
from .metrics import exposition, refreshers
from .readiness import findings

log = get_logger("angarium.observability")


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
    for name, refresh in refreshers().items():
        try:
            refresh()
        except Exception:  # one part's numbers may be missing, the others' must be served
            log.warning("metrics.refresh_failed", metric=name, exc_info=True)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
