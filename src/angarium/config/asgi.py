"""The ASGI application: live connections and reports in the event loop, pages and API under WSGI in threads."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from angarium.config.wsgi import application as wsgi
from angarium.engine.api.public import module_of
from angarium.engine.live.public import live_application


def with_fast_paths(application: Any) -> Any:
    """What a module serves in the event loop itself (`api/asgi.py`), before the rest is handed on."""
    for app in settings.ANGARIUM_MODULES.values():
        if find_spec(f"{app}.api.asgi") is not None:
            application = import_module(f"{app}.api.asgi").wrapped(application)
    return application


pages_and_api: Any = wsgi
application: Any = with_fast_paths(live_application(WSGIMiddleware(pages_and_api, workers=16), module_of=module_of))
