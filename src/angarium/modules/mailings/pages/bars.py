"""A bar of states: what became of the messages of a mailing, each state a part of the whole. Pure: numbers in, per cent
of the bar out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.formats import number_format

from angarium.modules.mailings.lifecycle import MessageState

#: From the left: what is done, what goes on, what waits, what will not be done. Paler is farther from the sender.
SHADES = {
    "sent": "good",
    "sending": "running",
    "queued": "waiting",
    "deferred": "waiting pale",
    "failed": "bad",
    "expired": "bad pale",
    "suppressed": "still",
    "cancelled": "still pale",
}
#: Per cent of the bar that the smallest number gets, so that it can be seen.
LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """A state with its number, and where it stands on the bar, `x` and `width` in per cent."""

    state: str
    number: int
    x: float
    width: float

    @property
    def shade(self) -> str:
        return SHADES[self.state]

    @property
    def label(self) -> str:
        return str(MessageState(self.state).label)

    @property
    def title(self) -> str:
        return f"{self.label}: {grouped(self.number)}"


def parts_of(counts: Mapping[str, int]) -> list[Part]:
    """The states in which there is something."""
    found = [(state, counts[state]) for state in SHADES if counts.get(state)]
    widths = _widths([number for _state, number in found])
    at, parts = 0.0, []
    for (state, number), width in zip(found, widths, strict=True):
        parts.append(Part(state, number, round(at, 3), round(width, 3)))
        at += width
    return parts


def _widths(numbers: Sequence[int]) -> list[float]:
    """Shares of 100, none below LEAST; what that costs is taken from the others by their size."""
    whole = sum(numbers)
    shares = [100 * number / whole for number in numbers]
    given = sum(LEAST - share for share in shares if share < LEAST)
    taken_from = sum(share - LEAST for share in shares if share > LEAST) or 1.0
    return [LEAST if share <= LEAST else share - given * (share - LEAST) / taken_from for share in shares]


def grouped(number: int) -> str:
    """`1,234,567`, as the reader's language groups digits."""
    return number_format(number, use_l10n=True, force_grouping=True)
