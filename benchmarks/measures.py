"""What is read off rounds of reports, ours beside a peer's, and how often and how long they are run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Figure, ratio, spread
from benchmarks.reports import Round

PAIRS, SECONDS = 5, 4.0


@dataclass(frozen=True)
class Measure:
    """A figure of each round; asked are at least so many times the peer's, or at most so much."""

    what: str
    of: Callable[[Round], float]
    unit: str = ",.0f"
    least: float = 0
    most: float = 0

    def beside(self, id: str, ours: Sequence[Round], theirs: Sequence[Round], name: str) -> Figure:
        mine, other = ([self.of(one) for one in found] for found in (ours, theirs))
        whole = all(mine) and all(other)
        met = median(mine) <= self.most if self.most else ratio(mine, other) >= self.least if self.least else None
        return Figure(
            id=id,
            what=self.what,
            against=name,
            ours=format(median(mine), self.unit),
            peer=format(median(other), self.unit),
            ratio=spread(mine, other) if whole else "",
            target=f"≤ {self.most:g}" if self.most else f"≥ {self.least:g}" if self.least else "",
            met=met,
        )


def speed(number: int, where: str, least: float = 0) -> Measure:
    return Measure(f"reports/s, {where}", lambda one: one.heard[number].rate, least=least)


def slowest(number: int, where: str, most: float = 0) -> Measure:
    return Measure(f"p99, {where}, ms", lambda one: one.heard[number].p99, ".1f", most=most)


def work(number: int, where: str) -> Measure:
    return Measure(f"processor per report, {where}, µs", lambda one: one.heard[number].each)


def costs(where: str) -> tuple[Measure, ...]:
    """What a transition costs the database."""
    return (
        Measure(f"WAL per transition, {where}, bytes", lambda one: one.costs.wal_each),
        Measure(f"commits per transition, {where}", lambda one: one.costs.commits_each, ".3f"),
        Measure(f"HOT updates, {where}, %", lambda one: one.costs.hot * 100, ".1f"),
    )


def correct(id: str, ours: Sequence[Round], theirs: Sequence[Round], name: str) -> Figure:
    """What was lost, doubled, or does not show its newest report; and what was not taken."""
    mine, other = faults(ours), faults(theirs)
    what = "lost, doubled, behind, refused"
    return Figure(id=id, what=what, against=name, ours=told(mine), peer=told(other), target="0", met=not any(mine))


def faults(found: Sequence[Round]) -> list[int]:
    wrong = [sum(getattr(one.wrong, what) for one in found) for what in ("lost", "doubled", "behind")]
    return [*wrong, sum(heard.refused for one in found for heard in one.heard)]


def told(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def pairs() -> int:
    return int(os.environ.get("BENCH_PAIRS", PAIRS))


def seconds() -> float:
    """How long each load is sent."""
    return float(os.environ.get("BENCH_SECONDS", SECONDS))
