"""The numbers of deliveries: counted as they change, for counting the rows of years at each scrape would not do; what
is open is read, since it is few."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.db.models import Count

from angarium.engine.observability.public import Reading, at_scrape, counter, histogram
from angarium.kernel.clock import now

from .channels import CHANNELS
from .models import Delivery, Provider
from .states import OPEN

_moves = counter("angarium_deliveries", "Deliveries that came into a state.", ["channel", "state"])
_seconds = histogram(
    "angarium_delivery_seconds", "Seconds until a channel answered, or failed.", ["channel", "outcome"]
)

#: What a channel's failure is called; others are `error`.
_OUTCOMES = {
    "accepted": "accepted",
    "TemporaryFailure": "temporary",
    "ProviderAway": "provider_away",
    "PermanentFailure": "permanent",
    "UnknownOutcome": "unknown",
}
_COLUMNS = ("name", "open_until")


def moved(channel: str, state: str) -> None:
    """Count a delivery that comes into this state, once that is committed."""
    transaction.on_commit(partial(_moves.labels(channel, state).inc), robust=True)


def answered(channel: str, outcome: str, seconds: float) -> None:
    """Note how long a channel took; `outcome` is `accepted` or the name of what it raised."""
    _seconds.labels(channel, _OUTCOMES.get(outcome, "error")).observe(seconds)


def read() -> Iterable[Reading]:
    waiting: dict[tuple[str, ...], float] = dict.fromkeys(
        ((channel, state) for channel in CHANNELS for state in sorted(OPEN)), 0
    )
    rows = Delivery.objects.filter(state__in=OPEN).values_list("channel", "state").annotate(Count("id"))
    waiting.update({(channel, state): number for channel, state, number in rows})
    moment = now()
    away = {name: until is not None and until > moment for name, until in Provider.objects.values_list(*_COLUMNS)}
    hosts = [name for name in away if " " in name]
    return (
        Reading("angarium_deliveries_open", "Deliveries that have not ended.", waiting, ("channel", "state")),
        Reading(
            "angarium_provider_breaker_open",
            "1 while messages wait because the provider is away.",
            {(name,): float(away.get(name, False)) for name in sorted({*CHANNELS, *away} - {*hosts, "webhook"})},
            ("provider",),
        ),
        Reading(
            "angarium_webhook_hosts_away",
            "Hosts that messages wait for because they are away.",
            {(): float(sum(away[name] for name in hosts))},
            (),
        ),
    )


at_scrape("delivery", read)
