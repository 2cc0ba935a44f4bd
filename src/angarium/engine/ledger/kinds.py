"""What kinds of operations this process knows: registered by whoever can run them, started by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .errors import UnknownKind


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of operation: its stable name, the queue it travels on (empty: it is fetched by HTTP), and how often it
    may be claimed. `remote` work is done by services that claim and renew over HTTP."""

    name: str
    queue: str
    max_claims: int = 5
    remote: bool = False


Finder = Callable[[str], Kind | None]
_kinds: dict[str, Kind] = {}
_finders: list[Finder] = []


def register(kind: Kind) -> None:
    """Make a kind known. ValueError when another one already has the name."""
    known = _kinds.get(kind.name)
    if known is not None and known != kind:
        raise ValueError(f"Two kinds of operations are called {kind.name}.")
    _kinds[kind.name] = kind


def find_kinds_by(finder: Finder) -> None:
    """Ask this as well, for kinds that are rows and not code."""
    if finder not in _finders:
        _finders.append(finder)


def kind_named(name: str) -> Kind:
    """The kind of this name; UnknownKind when nobody here knows it."""
    found = _found(name)
    if found is None:
        raise UnknownKind(f"No task is called {name}.", field="kind")
    return found


def is_known(name: str) -> bool:
    """Is there a kind of this name, so that its work can be started?"""
    return _found(name) is not None


def _found(name: str) -> Kind | None:
    return _kinds.get(name) or next((kind for finder in _finders if (kind := finder(name)) is not None), None)


def is_remote(name: str) -> bool:
    """Is work of this kind done by services elsewhere? What this process does not know is not its own."""
    return name not in _kinds or _kinds[name].remote


def kinds() -> dict[str, Kind]:
    return dict(sorted(_kinds.items()))
