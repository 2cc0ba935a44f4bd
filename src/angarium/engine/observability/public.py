"""The door of observability: ids bound to the context, loggers, metrics, readiness.

with bind(operation_id=id):              # every line inside carries the id
    get_logger(__name__).info("export.built", rows=12)
claims = counter("angarium_claims", "Operations claimed.", ["kind"])
readiness("broker", lambda: None if pings() else "The broker does not answer.", required=False)
before_scrape("ledger", refresh)         # sets gauges when /metrics is read
"""

from .bound import bind, bound, note
from .lines import on_one_line
from .logs import configure, get_logger, logs_aside
from .metrics import before_scrape, counter, gauge, histogram
from .readiness import readiness

__all__ = [
    "before_scrape",
    "bind",
    "bound",
    "configure",
    "counter",
    "gauge",
    "get_logger",
    "histogram",
    "logs_aside",
    "note",
    "on_one_line",
    "readiness",
]
