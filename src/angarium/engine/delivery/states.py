"""The states of a delivery and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from angarium.kernel.transitions import Lifecycle


class State(models.TextChoices):
    QUEUED = "queued", _("queued")
    DEFERRED = "deferred", _("deferred")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    SUPPRESSED = "suppressed", _("suppressed")
    CANCELLED = "cancelled", _("cancelled")


#: `sending` may follow itself: a worker died in it, and another one tries again. `failed` may be queued again by hand,
#: and a provider's report of a bounce makes `failed` of what was `sent`.
LIFECYCLE = Lifecycle(
    "delivery",
    {
        "queued": ["deferred", "sending", "failed", "expired", "suppressed", "cancelled"],
        "deferred": ["deferred", "sending", "failed", "expired", "suppressed", "cancelled"],
        "sending": ["sending", "queued", "deferred", "sent", "failed", "expired", "suppressed", "cancelled"],
        "sent": ["delivered", "failed"],
        "delivered": [],
        "failed": ["queued"],
        "expired": [],
        "suppressed": [],
        "cancelled": [],
    },
    initial=["queued", "deferred"],
)
#: What still waits for a worker or for its time.
WAITING = frozenset({"queued", "deferred"})
OPEN = WAITING | {"sending"}
