"""The four statuses of a literal task, and which of them a state of the ledger means. A task never goes backwards."""

from __future__ import annotations

from enum import IntEnum

from angarium.kernel.transitions import Lifecycle


class Status(IntEnum):
    NEW = 1
    PROCESSING = 2
    COMPLETED = 3
    ERROR = 4


LIFECYCLE = Lifecycle(
    "task",
    {
        "NEW": ["PROCESSING", "ERROR"],
        "PROCESSING": ["COMPLETED", "ERROR"],
        "COMPLETED": [],
        "ERROR": [],
    },
    initial=["NEW"],
)
_ENDS = {"succeeded": Status.COMPLETED, "failed": Status.ERROR, "cancelled": Status.ERROR}


def status_of(state: str, *, claimed: bool) -> Status:
    """Of an operation in this state; `claimed` says whether it ever was, which a retry or a pause does not undo."""
    return _ENDS.get(state) or (Status.PROCESSING if claimed else Status.NEW)
