"""From an event to the operations that take it to our peers: the relay's sink."""

from __future__ import annotations

from collections.abc import Sequence

from angarium.engine.events.public import Event, sink
from angarium.engine.ledger.public import Work, start_many

from .envelope import told
from .peers import peers


@sink
def start_forwarding(events: Sequence[Event]) -> None:
    """One operation for each (event, peer), unique under that pair, ordered within the event's subject."""
    start_many(
        [
            Work(
                kind=peer.kind,
                key=f"event:{event.uid}",
                input={"event": told(event)},
                order_key=event.subject,
                ordinal=event.position or 0,
                actor=event.actor,
                event_id=event.uid,
            )
            for peer in peers()
            for event in events
            if peer.wants(event.type)
        ]
    )
