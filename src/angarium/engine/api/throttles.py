"""So many requests per principal and window; a counter, not a list of times, so that it costs the same at any rate."""

from __future__ import annotations

from time import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from angarium.engine.identity.public import principal_of


class PerPrincipal(BaseThrottle):
    """The rate `principal` of the settings (`6000/min`; empty means none), counted in Django's cache."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = api_settings.DEFAULT_THROTTLE_RATES.get("principal") or None
        most, seconds = SimpleRateThrottle.parse_rate(self, rate)  # type: ignore[arg-type]
        if most is None or seconds is None:
            return True
        instant = time()
        window, self.left = int(instant // seconds), seconds - instant % seconds
        return _counted(f"throttle:{self._who(request)}:{window}", seconds) <= most

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.left

    def _who(self, request: Request) -> str:
        principal = principal_of(request)
        if principal.is_open or not principal.is_authenticated:
            return f"address:{request.META.get('REMOTE_ADDR', '')}"
        return f"{principal.kind}:{principal.id}"


def _counted(key: str, seconds: int) -> int:
    if cache.add(key, 1, seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the window ended between the two calls
        cache.add(key, 1, seconds)
        return 1
