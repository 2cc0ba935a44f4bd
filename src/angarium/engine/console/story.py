"""What happened to one thing: its events, the operations that each of them started, the messages that were sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from angarium.engine.delivery.public import Delivery, deliveries_of
from angarium.engine.events.public import Event, events_of_subject
from angarium.engine.ledger.public import Operation

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass
class Moment:
    """One event in words, newest work last."""

    event: Event
    words: str
    detail: str = ""
    operations: list[Operation] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)


def story_of(
    subject: str, words: Mapping[str, _StrOrPromise], detail: Callable[[Event], str] = lambda event: ""
) -> list[Moment]:
    """The newest 200 events of `subject`, newest first, each with what followed from it.

    `words` names event types in the reader's language, `detail` adds a sentence. Three queries, whatever happened.
    """
    events = events_of_subject(subject)[::-1]
    moments = {event.uid: Moment(event, str(words.get(event.type, event.type)), detail(event)) for event in events}
    for operation in Operation.objects.filter(event_id__in=moments).order_by("id"):
        if operation.event_id in moments:
            moments[operation.event_id].operations.append(operation)
    for delivery in deliveries_of(subject):
        if delivery.event_id in moments:
            moments[delivery.event_id].deliveries.append(delivery)
    return list(moments.values())
