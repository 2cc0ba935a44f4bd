"""When two reports of progress may be sent as one, and what that one says. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from .shapes import Report


def fit(before: Report, after: Report) -> bool:
    """May `after` swallow `before`? A new stage is a fact of its own, so that no stage goes unseen."""
    return not after.stage or after.stage == before.stage


def merged(before: Report, after: Report) -> Report:
    """The later report, with what only the earlier one said."""
    return msgspec.structs.replace(
        after,
        stage=after.stage or before.stage,
        progress=after.progress or before.progress,
        message=after.message or before.message,
    )


def within(most_bytes: int, bodies: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The first ones that fit, and at least one."""
    used = 0
    for id, body in bodies:
        if used and used + len(body) > most_bytes:
            return
        used += len(body)
        yield id, body
