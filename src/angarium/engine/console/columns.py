"""Geometry of stacked columns over time. Pure: numbers in, pixels of the picture out; colours are classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

#: From the ground up.
SHADES = ("good", "running", "waiting", "still", "bad")
SHADE_OF = {
    "scheduled": "waiting",
    "queued": "waiting",
    "retrying": "waiting",
    "paused": "waiting",
    "running": "running",
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "still",
}


@dataclass(frozen=True)
class Box:
    """A rectangle; `title` is what a pointer or a screen reader gets."""

    x: float
    y: float
    width: float
    height: float
    shade: str
    title: str = ""


@dataclass(frozen=True)
class Tick:
    """A label on an axis at `at` pixels."""

    at: float
    label: str


@dataclass(frozen=True)
class Column:
    """One interval of time: its boxes from the ground up and the whole strip that reacts to the pointer."""

    catch: Box
    boxes: Sequence[Box]


@dataclass(frozen=True)
class Columns:
    """A plot of stacked columns."""

    width: int
    height: int
    left: int
    ground: float
    columns: Sequence[Column]
    across: Sequence[Tick]
    up: Sequence[Tick]


def round_up(number: int) -> int:
    """The least of 1, 2, 4, 6, 8 × 10ⁿ that is not below `number`, and at least 4: the top of an axis."""
    if number <= 4:
        return 4
    unit = 10 ** int(log10(number))
    return int(next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= number))


def columns(
    values: Sequence[Mapping[str, int]],
    labels: Sequence[str],
    titles: Sequence[str],
    *,
    width: int,
    height: int = 180,
    every: int = 3,
) -> Columns:
    """Columns for `values` ({shade: number}, oldest first), labelled at every `every`th from the last."""
    left, ground = 34, height - 22.0
    top = round_up(max((sum(value.values()) for value in values), default=0))
    step = (width - left) / max(1, len(values))
    scale = (ground - 8) / top
    drawn = [
        _column(value, title, left + at * step, step, ground, scale)
        for at, (value, title) in enumerate(zip(values, titles, strict=True))
    ]
    last = len(values) - 1
    across = [
        Tick(round(left + (at + 0.5) * step, 1), label) for at, label in enumerate(labels) if (last - at) % every == 0
    ]
    up = [Tick(round(ground - top * part * scale, 1), f"{top * part:g}") for part in (0.5, 1.0)]
    return Columns(width, height, left, ground, drawn, across, up)


def _column(value: Mapping[str, int], title: str, x: float, step: float, ground: float, scale: float) -> Column:
    gap = min(3.0, step / 4)
    y, boxes = ground, []
    for shade in SHADES:
        if number := value.get(shade, 0):
            tall = max(1.5, number * scale)
            y -= tall
            boxes.append(Box(round(x + gap / 2, 1), round(y, 1), round(step - gap, 1), round(tall, 1), shade))
    return Column(Box(round(x, 1), 0, round(step, 1), ground, "catch", title), boxes)
