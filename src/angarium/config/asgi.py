"""The ASGI application of the embedded process: pages and API under WSGI, in threads."""

from __future__ import annotations

from typing import Any

from a2wsgi import WSGIMiddleware

from angarium.config.wsgi import application as wsgi

pages_and_api: Any = wsgi
application: Any = WSGIMiddleware(pages_and_api, workers=16)
