"""What runs in a worker: reports that come by queue, cancelling and retrying of many, letting go of old runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings

from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Done, Outcome, Run, Slot, Unreadable, crontab, inbox, task

from .bulk import Filter, signed_by, work_off
from .reporting import take
from .runs import forget_runs
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


@task(outside=True)
def cancel_many(run: Run, filter: dict[str, Any], by: dict[str, str], because: str) -> Outcome:
    """Cancel what the filter finds, in many short transactions of its own, hence `outside`."""
    return work_off("cancel", run, filter=Filter.load(filter), by=signed_by(by), because=because)


@task(outside=True)
def retry_many(run: Run, filter: dict[str, Any], by: dict[str, str], because: str) -> Outcome:
    """Retry what the filter finds, in many short transactions of its own, hence `outside`."""
    return work_off("retry", run, filter=Filter.load(filter), by=signed_by(by), because=because)


@task(every=crontab(minute="50", hour="3"), catch_up=timedelta(days=1), outside=True)
def prune(slot: Slot) -> Done:
    """Let go of runs whose operations are gone: those went ten minutes ago."""
    return Done({"runs": forget_runs(slot.at - timedelta(days=settings.RETENTION_DAYS))})
