"""The numbers of the fast path of reports."""

from __future__ import annotations

from functools import cache
from typing import Any

from angarium.engine.observability.public import counter, histogram

GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
together = histogram("angarium_reports_together", "Reports written in one transaction.", buckets=GROUPS)
turned_away = counter("angarium_reports_turned_away", "Reports answered 429, since too many waited.")
_requests = counter("angarium_report_requests", "Requests that brought reports, by their answer's status.", ["status"])


@cache
def requests(status: int) -> Any:
    """The counter of requests that were answered with this status."""
    return _requests.labels(str(status))
