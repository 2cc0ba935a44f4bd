"""What Prometheus is told of mailings; docs/reference/metrics.md has them all. What workers do is counted by them; what
waits is read, from what is counted of each mailing and from the index of what is due."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Min, OuterRef, Subquery, Sum

from angarium.engine.observability.public import Reading, at_scrape, counter, histogram
from angarium.kernel.clock import now

from .lifecycle import OPEN, State
from .models import Count, Mailer, Message

_messages = counter(
    "angarium_mailing_messages",
    "Messages of mailings that a worker was done with, by the state and the reason in which it left them.",
    ["state", "reason"],
)
_seconds = histogram("angarium_sender_seconds", "Seconds until the external sender answered, or failed to.", [])


def ended(state: str, reason: str, seconds: float | None) -> None:
    """A worker is done with a message; `seconds` is how long the sender took, None when it was not asked."""
    _messages.labels(state, reason).inc()
    if seconds is not None:
        _seconds.observe(seconds)


def read() -> Iterable[Reading]:
    waiting: dict[tuple[str, ...], float] = dict.fromkeys(((state,) for state in sorted(OPEN)), 0)
    rows = Count.objects.filter(state__in=sorted(OPEN)).values_list("state").annotate(Sum("value"))
    waiting.update({(state,): number for state, number in rows})
    return (
        Reading("angarium_mailing_open", "Messages of mailings that have not ended.", waiting, ("state",)),
        Reading(
            "angarium_mailing_due_oldest_seconds",
            "How long the longest waiting message of a mailing that is being sent has been due.",
            {(): _oldest()},
        ),
    )


def _oldest() -> float:
    """One look into the index for each mailing that is being sent."""
    due = Message.objects.filter(mailer=OuterRef("pk"), state__in=sorted(OPEN)).order_by("due_at").values("due_at")
    sending = Mailer.objects.filter(state=State.SENDING).order_by().annotate(first=Subquery(due[:1]))
    first = sending.filter(first__isnull=False).aggregate(at=Min(F("first")))["at"]
    return max((now() - first).total_seconds(), 0.0) if first else 0.0


at_scrape("mailings", read)
