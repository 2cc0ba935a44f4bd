"""What an event is: a frozen fact in the past tense, with a stable versioned name and the subject it is about."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

_types: dict[str, type[Event]] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact. A subclass with a `type` (`lessons.lesson_completed.v1`) is registered and can be stored and read back.

    `subject` names what the fact is about (`lessons.lesson:7`): events of one subject are handled in their order.
    """

    type: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        raise TypeError(f"{self.__class__.__name__} must say what it is about: define `subject`.")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name = cls.__dict__.get("type", "")
        if not name:
            return
        known = _types.get(name)
        if known is not None and _place(known) != _place(cls):
            raise TypeError(f"Two events are called {name}: {_place(known)} and {_place(cls)}.")
        _types[name] = cls


def _place(event: type[Event]) -> str:
    return f"{event.__module__}.{event.__qualname__}"


def event_type(name: str) -> type[Event]:
    """The class registered under a stored name. KeyError when this process knows no such event."""
    return _types[name]


def event_types() -> dict[str, type[Event]]:
    return dict(_types)


def dump(event: Event) -> dict[str, Any]:
    """The event as JSON-ready builtins (datetimes as RFC 3339, UUIDs as text)."""
    data: dict[str, Any] = msgspec.to_builtins(event)
    return data


def load(name: str, data: dict[str, Any]) -> Event:
    """The event back from `dump`. msgspec.ValidationError when the data does not fit the contract."""
    return msgspec.convert(data, event_type(name))
