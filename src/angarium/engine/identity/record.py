"""Who did what to people and tokens. The event log lies above this part, so it registers itself as the one that keeps
facts; each is a line in the log of the process as well."""

from __future__ import annotations

from collections.abc import Callable

from angarium.contracts.event import Event
from angarium.engine.observability.public import get_logger

from .acting import acting_as
from .principal import Principal

log = get_logger("angarium.identity")
_keepers: list[Callable[..., None]] = []


def keep_facts(keeper: Callable[..., None]) -> None:
    """Have `keeper(fact)` called inside the transaction that makes the fact true."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def record(by: Principal, fact: Event) -> None:
    """Say that `by` made this true, in the transaction that does so."""
    with acting_as(by):
        for keeper in _keepers:
            keeper(fact)
        log.info(fact.type.removesuffix(".v1"), subject=fact.subject, by=by.name)
