"""The picture of rates: for each state of knowledge a strip of what is valid when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is valid from `start` to `end` inclusive (None: until further notice)."""

    start: date
    end: date | None
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece in per cent of the width."""

    x: float
    width: float
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The days that are drawn, both in it."""

    first: date
    last: date

    def x(self, day: date) -> float:
        whole = (self.last - self.first).days + 1
        return round(100 * min(max((day - self.first).days, 0), whole) / whole, 2)

    def bars(self, pieces: Iterable[Piece]) -> list[Bar]:
        """Each piece; a short one has no label, for it would not fit."""
        found = []
        for piece in pieces:
            x = self.x(piece.start)
            width = round(self.x((piece.end or self.last) + DAY) - x, 2)
            if width > 0:
                found.append(Bar(x, width, piece.label if width >= 12 else "", piece.title))
        return found

    def ticks(self) -> list[tuple[float, str]]:
        """The beginnings of years that do not crowd each other."""
        years = range(self.first.year + (self.first > date(self.first.year, 1, 1)), self.last.year + 1)
        every = 1 + len(years) // 8
        return [(self.x(date(year, 1, 1)), str(year)) for year in years if (year - years[0]) % every == 0]


def axis_of(pieces: Sequence[Piece], today: date) -> Axis:
    """From the first of the pieces to half a year beyond today and all of them."""
    ends = [piece.end or piece.start for piece in pieces]
    return Axis(min([today, *(piece.start for piece in pieces)]), max([today, *ends]) + 180 * DAY)
