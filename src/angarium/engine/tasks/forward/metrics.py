"""The numbers of forwarding. A peer is one that the settings name; where they name none, the label is empty."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Min

from angarium.engine.ledger.public import Due
from angarium.engine.observability.public import Reading, at_scrape, counter
from angarium.kernel.clock import now

from .peers import peers

SENT, AGAIN, RECEIVED, REFUSED = "sent", "again", "received", "refused"
NEW, REPEATED = "new", "repeated"
forwarded = counter(
    "angarium_events_forwarded",
    "Events by what became of them: sent, sent again since nothing was heard, received or refused by the peer.",
    ["peer", "result"],
)
failures = counter("angarium_forward_failures", "Times that a peer's broker did not do as it was asked.", ["peer"])
taken = counter("angarium_events_taken", "Events that came from other deployments, by what became of them.", ["result"])
for _result in (NEW, REPEATED, REFUSED):
    taken.labels(_result)


def show_peers() -> None:
    """Have each peer's numbers there before anything happens."""
    for name in [peer.name for peer in peers()] or [""]:
        failures.labels(name)
        for result in (SENT, AGAIN, RECEIVED, REFUSED):
            forwarded.labels(name, result)


def lags() -> list[tuple[str, int, float]]:
    """(peer, events that it has not received, seconds that the oldest of them has waited)."""
    by_kind = {peer.kind: peer.name for peer in peers()}
    rows = Due.objects.filter(kind__in=by_kind).values("kind")
    found = {row["kind"]: row for row in rows.annotate(number=Count("pk"), oldest=Min("operation__created_at"))}
    moment = now()
    return [
        (name, found[kind]["number"], max(0.0, (moment - found[kind]["oldest"]).total_seconds()))
        if kind in found
        else (name, 0, 0.0)
        for kind, name in by_kind.items()
    ]


def read() -> Iterable[Reading]:
    told = lags() or [("", 0, 0.0)]
    return (
        Reading(
            "angarium_forward_waiting",
            "Events that a peer has not received.",
            {(name,): number for name, number, _ in told},
            ("peer",),
        ),
        Reading(
            "angarium_forward_oldest_seconds",
            "How long the oldest of the events that a peer has not received has waited.",
            {(name,): seconds for name, _, seconds in told},
            ("peer",),
        ),
    )


at_scrape("forward", read)
