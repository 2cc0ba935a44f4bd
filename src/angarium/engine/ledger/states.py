"""The states of an operation and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.kernel.transitions import Lifecycle


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("scheduled")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    RETRYING = "retrying", _("retrying")
    PAUSED = "paused", _("paused")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIFECYCLE = Lifecycle(
    "operation",
    {
        "scheduled": ["running", "paused", "failed", "cancelled"],
        "queued": ["running", "paused", "failed", "cancelled"],
        "running": ["queued", "scheduled", "retrying", "paused", "succeeded", "failed", "cancelled"],
        "retrying": ["running", "paused", "failed", "cancelled"],
        "paused": ["queued", "cancelled"],
        "succeeded": [],
        "failed": [],
        "cancelled": [],
    },
    initial=["scheduled", "queued"],
)
TERMINAL = LIFECYCLE.terminal
#: What the holder of an epoch may report while the operation runs.
REPORTABLE = frozenset({"running", "scheduled", "retrying", "succeeded", "failed", "cancelled"})
#: From where a worker may claim.
CLAIMABLE = frozenset({"scheduled", "queued", "retrying"})
