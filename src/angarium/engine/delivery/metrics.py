"""The numbers of deliveries: counted as they change, for counting the rows of years at each scrape would not do."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from angarium.engine.observability.public import counter

_moves = counter("angarium_deliveries", "Deliveries that came into a state.", ["channel", "state"])


def moved(channel: str, state: str) -> None:
    """Count a delivery that comes into this state, once that is committed."""
    transaction.on_commit(partial(_moves.labels(channel, state).inc), robust=True)
