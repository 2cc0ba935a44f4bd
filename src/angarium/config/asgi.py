"""The ASGI application: live connections in the event loop, pages and API under WSGI in threads."""

from __future__ import annotations

from typing import Any

from a2wsgi import WSGIMiddleware

from angarium.config.wsgi import application as wsgi
from angarium.engine.api.public import module_of
from angarium.engine.live.public import live_application

pages_and_api: Any = wsgi
application: Any = live_application(WSGIMiddleware(pages_and_api, workers=16), module_of=module_of)
