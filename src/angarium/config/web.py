"""What `angarium web` serves: pages and API, each request from whom a proxy of ours names, if it came through one."""

from __future__ import annotations

from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from angarium.config.memory import settle
from angarium.config.proxies import proxies
from angarium.config.wsgi import application as wsgi
from angarium.engine.tasks.public import Process, announce

announce(Process.Role.WEB)
application = wrap_wsgi_with_proxy_headers(wsgi, proxies())
settle()
