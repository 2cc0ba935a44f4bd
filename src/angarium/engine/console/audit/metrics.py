"""The numbers of the audit, and of what the ledger kept from doing harm."""

from __future__ import annotations

from collections.abc import Iterable

from angarium.engine.ledger.public import tallies
from angarium.engine.observability.public import Reading, at_scrape

from .looking import CODES
from .report import last_look


def read() -> Iterable[Reading]:
    look = last_look()
    numbers: dict[tuple[str, ...], float] = {(code,): look.numbers.get(code, 0) for code in CODES} if look else {}
    kept: dict[tuple[str, ...], float] = {(what.value,): number for what, number in tallies().items()}
    return (
        Reading("angarium_lost", "Work that the last audit could not account for.", numbers, ("finding",)),
        Reading(
            "angarium_audit_age_seconds",
            "How long ago the last audit ended.",
            {(): look.age.total_seconds()} if look else {},
        ),
        Reading(
            "angarium_harmless",
            "Duplicates suppressed, replaced workers refused, late reports shelved.",
            kept,
            ("what",),
            grows=True,
        ),
    )


at_scrape("audit", read)
