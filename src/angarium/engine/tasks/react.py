"""From an event to the work it causes: the relay's sink."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from angarium.contracts.event import event_types
from angarium.engine.events.public import Event, sink
from angarium.engine.ledger.public import Work, start_many

from .registry import reactions


@sink
def start_reactions(events: Sequence[Event]) -> None:
    """One operation for each (event, reaction), unique under that pair, ordered within the event's subject."""
    known = event_types()
    asked = cache(lambda reaction: reaction.when is None or reaction.when())
    start_many(
        [
            Work(
                kind=reaction.name,
                key=f"event:{event.uid}",
                input={"type": event.type, "event": event.data},
                order_key=event.subject,
                ordinal=event.position or 0,
                actor=event.actor,
                event_id=event.uid,
            )
            for event in events
            if event.type in known
            for reaction in reactions(known[event.type])
            if asked(reaction)
        ]
    )
