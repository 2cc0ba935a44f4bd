"""What kinds of operations this process knows: registered by whoever can run them, started by name."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import UnknownKind


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of operation: its stable name, the queue it travels on, and how often it may be claimed."""

    name: str
    queue: str
    max_claims: int = 5


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. ValueError when another one already has the name."""
    known = _kinds.get(kind.name)
    if known is not None and known != kind:
        raise ValueError(f"Two kinds of operations are called {kind.name}.")
    _kinds[kind.name] = kind


def kind_named(name: str) -> Kind:
    """The kind of this name; UnknownKind when this process does not know it."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(f"No task is called {name}.", field="kind") from None


def kinds() -> dict[str, Kind]:
    return dict(sorted(_kinds.items()))
