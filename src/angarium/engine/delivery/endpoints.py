"""Where the messages of the channel `webhook` go: modules keep the endpoints, and say here how one is found.

endpoints("projects.hook", find=endpoint, gone=switch_off)

A message's recipient names it: its `kind` is that word, its `id` the endpoint's. Address and secrets are asked for at
each attempt, so that a changed address and a new secret hold for what waits already, and no message keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .channel import Recipient, TemporaryFailure


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and what is signed with: the newest secret first. `off` says why nothing goes there at present."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    off: str = ""


class _Kept(NamedTuple):
    find: Callable[[str], Endpoint | None]
    gone: Callable[[str, str], None]


_kinds: dict[str, _Kept] = {}


def endpoints(kind: str, *, find: Callable[[str], Endpoint | None], gone: Callable[[str, str], None]) -> None:
    """Endpoints of this kind are found by `find(id)`; `gone(id, because)` is told that one wants nothing more. Both are
    called in no transaction."""
    _kinds[kind] = _Kept(find, gone)


def endpoint_of(to: Recipient) -> Endpoint | None:
    """The endpoint that a message is for; None when there is none (any more). TemporaryFailure when nobody said in this
    process how one of its kind is found: another worker may know."""
    if to.kind not in _kinds:
        raise TemporaryFailure(f"No module here keeps endpoints of the kind {to.kind}; see MODULES.")
    return _kinds[to.kind].find(to.id)


def switch_off(to: Recipient, because: str) -> None:
    """Its receiver wants nothing more."""
    _kinds[to.kind].gone(to.id, because)
