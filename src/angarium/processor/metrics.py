"""The numbers of a processor, and the port on which it tells them."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

#: Seconds: a handler takes from a moment to an hour.
_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0)
#: Apart from everybody else's: a processor is a process of its own, and inside of `angarium up` nobody scrapes it.
REGISTRY = CollectorRegistry()
LOST = "lease_lost"

_runs = Counter(
    "angarium_processor_runs", "Jobs by kind and by the state that was reported.", ["kind", "state"], registry=REGISTRY
)
_seconds = Histogram("angarium_processor_seconds", "Seconds a job took.", ["kind"], buckets=_SECONDS, registry=REGISTRY)
_waiting = Gauge("angarium_processor_reports_waiting", "Reports that Angarium has not answered yet.", registry=REGISTRY)
_refused = Gauge("angarium_processor_reports_refused", "Reports that Angarium refused.", registry=REGISTRY)
malformed = Counter("angarium_processor_malformed", "Messages that made no sense.", registry=REGISTRY)
_log = structlog.get_logger(__name__)


def ran(kind: str, state: str, seconds: float) -> None:
    """Count one job; `state` is what was reported, or LOST when somebody else has it now."""
    _runs.labels(kind, state).inc()
    _seconds.labels(kind).observe(seconds)


def watch(waiting: Callable[[], float], refused: Callable[[], float]) -> None:
    """Ask these when somebody scrapes."""
    _waiting.set_function(waiting)
    _refused.set_function(refused)


def serve(host: str, port: int) -> None:
    """Serve them, if a port is set. One that cannot be had is a line in the log, and no reason to leave work undone."""
    if not port:
        return
    try:
        start_http_server(port, host, REGISTRY)
    except OSError as error:
        _log.warning("metrics.port_unavailable", host=host, port=port, error=error.strerror or str(error))
        return
    _log.info("metrics.served", host=host, port=port)
