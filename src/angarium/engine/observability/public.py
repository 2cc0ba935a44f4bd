"""The door of observability: ids bound to the context, loggers, metrics, readiness.

with bind(operation_id=id):              # every line inside carries the id
    get_logger(__name__).info("export.built", rows=12)
claims = counter("angarium_claims", "Operations claimed.", ["kind"])
readiness("broker", lambda: None if pings() else "The broker does not answer.", required=False)
at_scrape("ledger", read)                # what the database knows of the whole instance, when /metrics is read
"""

from angarium.kernel.lines import on_one_line

from .bound import bind, bound, note
from .exporter import leave_metrics, serve_metrics
from .logs import configure, get_logger, lines_together, logs_aside
from .metrics import Reading, at_scrape, counter, gauge, histogram
from .processes import share as share_metrics
from .readiness import readiness

__all__ = [
    "Reading",
    "at_scrape",
    "bind",
    "bound",
    "configure",
    "counter",
    "gauge",
    "get_logger",
    "histogram",
    "leave_metrics",
    "lines_together",
    "logs_aside",
    "note",
    "on_one_line",
    "readiness",
    "serve_metrics",
    "share_metrics",
]
