"""A source: something that can be asked, once it was reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

F = TypeVar("F")


class Away(Exception):
    """This source does not answer; the message is one sentence."""


@contextmanager
def here() -> Iterator[None]:
    """What needs no reaching."""
    yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Generic[F]):
    """`reach` gives its checks what they look at; it may raise Away, which is then a finding with the code `away`.

    Each check is made within `around`. A source is not asked where it is not `wanted`, nor after one of the codes
    `pointless_after` was found.
    """

    name: str
    reach: Callable[[], AbstractContextManager[F]]
    around: Callable[[], AbstractContextManager[None]] = here
    away: str = ""
    wanted: Callable[[], bool] = lambda: True
    pointless_after: frozenset[str] = frozenset()
    checks: list[str] = field(default_factory=list)
