"""Pages and API, each request from whom a proxy of ours names, if it came through one."""

from __future__ import annotations

from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from angarium.config.proxies import proxies
from angarium.config.wsgi import application as wsgi

application = wrap_wsgi_with_proxy_headers(wsgi, proxies())
