"""What keeps lists: the contract of `stores`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from .scopes import Scope

#: Seconds for which a list is kept when nothing changes: the backstop for what nobody tells of.
SECONDS = 60
#: Answers that are kept of one scope at a time: by query string, by page.
MOST_OF_A_SCOPE = 100
#: Bytes of the longest answer that is kept.
LONGEST = 4 * 1024 * 1024


class Away(Exception):
    """What keeps lists does not answer now."""


@dataclass(frozen=True, slots=True)
class Found:
    """The versions that hold, one for each name of the scope, and what is kept under them."""

    versions: tuple[str, ...]
    kept: bytes | None


class Store(Protocol):
    """Each method raises Away when it cannot do it now, after a fraction of a second at the most."""

    def generation(self) -> str:
        """What nothing from before is found under, once it is another one. Read in the database."""

    def look(self, generation: str, scope: Scope, question: str, *, counts: bool = True) -> Found:
        """What is kept. `counts` says whether it is one more list that was asked for."""

    def keep(self, generation: str, scope: Scope, question: str, versions: tuple[str, ...], answer: bytes) -> bool:
        """Keep it if the versions still hold; False when they do not, or when enough is kept of the scope."""

    def raise_versions(self, names: Collection[str], events: Collection[int] = ()) -> None:
        """Give each of these scopes another version: what is kept under the one before is gone. `events` are the ids of
        what it was done for."""

    def not_raised(self, events: Collection[int]) -> set[int]:
        """Of these events those for which nobody has raised anything, as far as is known."""

    def forget_all(self) -> None:
        """Begin a new generation."""

    def told(self) -> tuple[int, int]:
        """How many answers were found and how many were not, in this hour and the one before."""
