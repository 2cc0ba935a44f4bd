"""What runs in a worker for others: reports that come by queue."""

from __future__ import annotations

from typing import Any

import msgspec

from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Unreadable, inbox

from .reporting import take
from .wire import item_of

#: Reports in one transaction.
MOST_TOGETHER = 500
_log = get_logger(__name__)


@inbox("operations.report", queue="reports")
def take_reports(items: Any) -> None:
    """A list of reports, each with its `operation`: the items of a batch by HTTP. Refused ones are told in the log."""
    if not isinstance(items, list):
        raise Unreadable("Send a list of reports.")
    read = [item_of(_encoded(item)) for item in items]
    for first in range(0, len(read), MOST_TOGETHER):
        for number, one in enumerate(take(read[first : first + MOST_TOGETHER]), start=first):
            if one.status != 200:
                _log.warning("reports.refused", item=number, code=one.body["code"], detail=one.body["detail"])


def _encoded(item: Any) -> bytes:
    try:
        return msgspec.json.encode(item)
    except (TypeError, ValueError, RecursionError, OverflowError):
        return b"null"
