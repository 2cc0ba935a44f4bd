"""Frames: what a client is sent, made and encoded once for all who hear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec

from angarium.contracts import event as contract
from angarium.contracts.event import Event as Fact
from angarium.engine.events.public import EVENTS, WORK, Event
from angarium.engine.ledger.public import Change, Operation
from angarium.engine.observability.public import get_logger

from .place import Place
from .topics import Topic, about, split, topics

VERSION = 1
_log = get_logger(__name__)
encode = msgspec.json.encode


class Waiting:
    """What waits to be sent, encoded: a frame in one of its forms, or another message. The same one waits for all who
    hear it. `place` is where a client stands after it."""

    def __init__(self, body: bytes, kind: str, frame: Frame | None = None, place: Place | None = None) -> None:
        self.body, self.kind, self.frame, self.place = body, kind, frame, place

    @cached_property
    def framed(self) -> bytes:
        """As it goes over a WebSocket: an unmasked text message in one piece (RFC 6455, section 5.2)."""
        size = len(self.body)
        if size < 126:
            return bytes((0x81, size)) + self.body
        if size < 65536:
            return b"\x81\x7e" + size.to_bytes(2, "big") + self.body
        return b"\x81\x7f" + size.to_bytes(8, "big") + self.body

    @cached_property
    def fields(self) -> bytes:
        """As an event of a stream, but for its id, which is not the same for all."""
        return b"event: %b\ndata: %b\n\n" % (self.kind.encode(), self.body)


class Frame:
    """One entry of a log that is about a topic. `routes` are all topics under which it is heard, its own one first,
    `names` are of which kind these are, and `lost` are those that it is not about any more."""

    def __init__(
        self, generation: str, log: str, position: int, kind: str, routes: tuple[str, ...], at: datetime, data: Any,
        *, fact: Fact | None = None, lost: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.lost = lost
        self.log, self.position, self.kind, self.routes, self.fact = log, position, kind, routes, fact
        self.topic = routes[0]
        self.names = tuple(route.partition(":")[0] for route in routes)
        self.name = self.names[0]
        self._members = {
            "v": VERSION,
            "log": log,
            "generation": generation,
            "position": position,
            "type": kind,
            "topic": routes[0],
            **({"also": routes[1:]} if len(routes) > 1 else {}),
            "ts": at,
        }
        self._data = data

    @cached_property
    def says(self) -> frozenset[str]:
        """What of its topic it tells: a later frame stands for an earlier one that tells the same of it."""
        return frozenset(self._data)

    @cached_property
    def whole(self) -> Waiting:
        return Waiting(encode({**self._members, "data": self._data}), self.kind, self)

    @cached_property
    def gone(self) -> Waiting:
        """Instead of it, for whom the topic is gone: it says nothing but that."""
        return Waiting(encode({**self._members, "type": "gone"}), "gone", self)

    @cached_property
    def touched(self) -> Waiting:
        """Instead of it, for who may read what it is about and not the thing itself."""
        members = {name: value for name, value in self._members.items() if name != "also"}
        also = {"also": self.routes[2:]} if len(self.routes) > 2 else {}
        return Waiting(encode({**members, "type": "touched", "topic": self.routes[1], **also}), "touched", self)


def of_event(event: Event, generation: str) -> Frame | None:
    """The frame of an event; None when no topic is about it, or another release wrote it in another shape."""
    route = about(event.subject)
    if route is None or event.position is None:
        return None
    one, id = split(route)
    try:
        fact = contract.load(event.type, event.data)
        assert one is not None
        data = one.data(fact) if one.data else {"id": id}
    except (KeyError, msgspec.ValidationError) as error:
        _log.warning("live.event_not_understood", type=event.type, position=event.position, error=str(error))
        return None
    kind, lost = kind_of(event.type), one.formerly(fact)
    routes = (route, *one.also(fact), *lost)
    return Frame(generation, EVENTS, event.position, kind, routes, event.at, data, fact=fact, lost=lost)


def kind_of(type: str) -> str:
    """`lesson.completed` for `lessons.lesson_completed.v1`."""
    return type.split(".")[1].replace("_", ".", 1)


def of_changes(changes: Sequence[Change], generation: str) -> list[Frame]:
    """The frames of operations that moved, each also under what it is about. A query for each of these."""
    operations = [one.operation for one in changes]
    event_ids = {one.event_id for one in operations if one.event_id}
    subjects = dict(Event.objects.filter(uid__in=event_ids).values_list("uid", "subject")) if event_ids else {}
    others = [(one, one.of_work(operations)) for one in topics().values() if one.of_work]
    return [_of_change(change, generation, subjects, others) for change in changes]


def _of_change(
    change: Change, generation: str, subjects: Mapping[UUID, str], others: Sequence[tuple[Topic, Mapping[UUID, str]]]
) -> Frame:
    one = change.operation
    subject = subjects.get(one.event_id, "") if one.event_id else ""
    also = [about(subject) if subject else None, f"operation:{one.retry_of}" if one.retry_of else None]
    also += [topic.of(found[one.id]) if one.id in found else None for topic, found in others]
    routes = (f"operation:{one.id}", *filter(None, also))
    return Frame(generation, WORK, change.position, "operation.changed", routes, one.updated_at, as_data(one, subject))


def as_data(one: Operation, subject: str = "") -> dict[str, Any]:
    """An operation as frames tell of it: where it stands, and none of what it was given or has answered."""
    return {
        "id": one.id,
        "kind": one.kind,
        "state": one.state,
        "stage": one.stage,
        "progress": {"done": one.progress_done, "total": one.progress_total},
        "epoch": one.epoch,
        "seq": one.seq,
        "retry_of": one.retry_of,
        "subject": subject or None,
        "created_at": one.created_at,
        "finished_at": one.finished_at,
    }
