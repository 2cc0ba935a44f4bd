"""Where everything answers: the API under /api/<module>/, pages under /app/<module>/, the rest at its own path."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path


def _module_urls() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for name, app in settings.ANGARIUM_MODULES.items():
        found.append(path(f"api/{name}/", include(f"{app}.api.urls")))
        if find_spec(f"{app}.pages") is not None:
            found.append(path(f"app/{name}/", include(f"{app}.pages")))
    return found


urlpatterns = [
    *_module_urls(),
    path("", include("angarium.engine.observability.urls")),
    path("", include("angarium.engine.api.urls")),
    path("api/", include("angarium.engine.delivery.urls")),
    path("api/", include("angarium.engine.exports.urls")),
    path("", include("angarium.engine.console.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "angarium.engine.api.faults.bad_request"
handler403 = "angarium.engine.api.faults.forbidden"
handler404 = "angarium.engine.api.faults.not_found"
handler500 = "angarium.engine.api.faults.server_error"
