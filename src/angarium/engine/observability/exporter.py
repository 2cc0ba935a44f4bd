"""A port for Prometheus in processes that serve no pages: workers, beat and the relay."""

from __future__ import annotations

from wsgiref.simple_server import WSGIServer

from django.conf import settings
from prometheus_client import start_http_server

from .logs import get_logger
from .metrics import counted

log = get_logger("angarium.observability")
_serving: list[WSGIServer] = []


def serve_metrics() -> None:
    """Serve what this process and those below it have counted, on HOST and ANGARIUM_METRICS_PORT, if a port is set.

    A port that cannot be had is a line in the log and not a reason to leave the work undone.
    """
    port, host = settings.METRICS_PORT, settings.METRICS_HOST
    if not port or _serving:
        return
    try:
        server, _ = start_http_server(port, host, counted())
    except OSError as error:
        log.warning("metrics.port_unavailable", host=host, port=port, error=error.strerror or str(error))
        return
    _serving.append(server)
    log.info("metrics.served", host=host, port=port)


def leave_metrics() -> None:
    """In a process that was forked off: let go of the port, so that it does not outlive whoever serves it."""
    while _serving:
        _serving.pop().socket.close()
