"""Figures: what was measured on both sides, as a ratio of the same run, and how they are printed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. `ours` and `peer` as they are read, the ratio of pairs with its least and greatest."""

    id: str
    what: str
    against: str
    ours: str
    peer: str
    ratio: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""


COLUMNS = ("id", "what", "against", "ours", "peer", "ratio", "target", "met")


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the pairs' ratios."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def spread(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of the pairs' ratios, and from where to where they go."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{_short(median(ratios))} ({_short(min(ratios))} to {_short(max(ratios))})"


def _short(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"


def tell(figures: Sequence[Figure]) -> None:
    """Print these figures, and hand them to `make bench` when it asked for them."""
    print(table(figures), flush=True)  # noqa: T201
    if path := os.environ.get("BENCH_FIGURES"):
        with open(path, "a") as file:
            file.writelines(json.dumps(asdict(figure)) + "\n" for figure in figures)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table in Markdown, their notes below it."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for figure in figures:
        cells = {**asdict(figure), "met": {True: "yes", False: "no", None: ""}[figure.met]}
        lines.append("| " + " | ".join(cells[column] for column in COLUMNS) + " |")
    notes = dict.fromkeys(f"{figure.id}: {figure.note}" for figure in figures if figure.note)
    return "\n".join([*lines, "", *notes])
