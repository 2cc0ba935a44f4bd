"""P10: a list of tasks that many read while somebody writes, beside the usual DRF list without a cache.

BENCH_TASKS says how many tasks there are (1,000). Sixteen connections ask for the list again and again for
BENCH_SECONDS, first while nobody writes, then while a writer gives a task another title ten times a second; after each
answer to him he asks for the list and looks whether it has what he wrote. Both sides ask for a token.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import peers
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import SIDES, Ground, ground
from benchmarks.loads import busy
from benchmarks.measures import pairs, seconds
from benchmarks.p04_latency import p99
from benchmarks.reports import Scene, Side, at_work, seeded

TASKS, CONNECTIONS, WRITES = 1_000, 16, 10.0
LEAST = 20.0
BASE = "/api/projects/tasks/"
OURS = Side(
    name="angarium", seeding="ours_cached", serving=("ours_cached web",), settings=(("API_RATE", "9000000/min"),)
)
PLAIN = Side(name="DRF list without a cache", seeding="plain_lists", serving=("plain_lists serve",), peer=peers.DRF)
SCHEMES = {OURS.name: "Bearer", PLAIN.name: "Token"}


@dataclass(frozen=True)
class Reading:
    """What is asked for, and how many writes there are in a second."""

    what: str
    path: str
    writes: float = 0.0
    least: float = 0.0


READINGS = (
    Reading("the whole list", BASE, least=LEAST),
    Reading("the whole list, with writes", BASE, WRITES, least=LEAST),
    Reading("a page of 100", f"{BASE}?limit=100"),
    Reading("a page of 100, with writes", f"{BASE}?limit=100", WRITES),
)


@dataclass
class Read:
    """Of one reading: lists a second, the milliseconds of each, and of how many writes the list was stale."""

    rate: float
    delays: list[float]
    writes: int
    stale: int
    failed: int
    client: float

    def __str__(self) -> str:
        told = f"{self.rate:,.0f} lists/s, p50 {median(self.delays):.1f}, p99 {p99(self.delays):.1f} ms"
        return f"{told}, {self.stale} of {self.writes} stale, {self.failed} failed, client {self.client:.2f}, {busy()}"


@dataclass
class Round:
    """What one round of one side gave."""

    read: dict[str, Read] = field(default_factory=dict)


def reading(made: Scene, one: Reading, length: float, seed: int, connections: int) -> Read:
    job: dict[str, Any] = {
        "port": int(made.environment["PORT"]),
        "token": Path(made.environment["BENCH_TOKEN"]).read_text(),
        "scheme": SCHEMES[made.side.name],
        "path": one.path,
        "base": BASE,
        "task": 1,
        "seed": seed,
        "connections": connections,
        "seconds": length,
        "writes": one.writes,
    }
    told = json.loads(subprocess.check_output([sys.executable, SIDES / "list_readers.py", json.dumps(job)]))  # noqa: S603
    rate = len(told["delays"]) / told["seconds"]
    return Read(rate, told["delays"], told["writes"], told["stale"], told["failed"], told["processor"])


def measured(on: Ground, side: Side, tasks: int, length: float, connections: int = CONNECTIONS) -> Round:
    """Each reading on a new database, after a first one that nobody times."""
    on.clear()
    found = Round()
    try:
        with at_work(on, side, seeded(on, side, tasks)) as made:
            reading(made, READINGS[0], min(1.0, length), 0, connections)
            for number, one in enumerate(READINGS, start=1):
                found.read[one.what] = reading(made, one, length, number, connections)
                sys.stderr.write(f"{side.name}, {one.what}: {found.read[one.what]}\n")
    finally:
        on.drop()
    return found


def figures(ours: list[Round], theirs: list[Round], tasks: int) -> list[Figure]:
    found: list[Figure] = []
    for one in READINGS:
        mine, other = ([each.read[one.what] for each in rounds] for rounds in (ours, theirs))
        rates = [each.rate for each in mine], [each.rate for each in other]
        slow = [p99(each.delays) for each in mine], [p99(each.delays) for each in other]
        of = f"{one.what} of {tasks:,} tasks"
        found.append(_figure(f"lists/s, {of}", *rates, least=one.least))
        found.append(_figure(f"p99, {of}, ms", *slow, form=".1f"))
    return [*found, _correct(ours, theirs)]


def _figure(what: str, mine: list[float], other: list[float], *, least: float = 0, form: str = ",.0f") -> Figure:
    return Figure(
        id="P10",
        what=what,
        against=PLAIN.name,
        ours=format(median(mine), form),
        peer=format(median(other), form),
        ratio=spread(mine, other),
        target=f"≥ {least:g}" if least else "",
        met=ratio(mine, other) >= least if least else None,
    )


def _correct(ours: list[Round], theirs: list[Round]) -> Figure:
    mine, other = ([read for each in rounds for read in each.read.values()] for rounds in (ours, theirs))
    told = [
        f"{sum(one.stale for one in found)} of {sum(one.writes for one in found)}, {sum(one.failed for one in found)}"
        for found in (mine, other)
    ]
    wrong = sum(one.stale + one.failed for one in mine)
    return Figure(
        id="P10",
        what="lists that were stale after a write's answer; requests that failed",
        against=PLAIN.name,
        ours=told[0],
        peer=told[1],
        target="0",
        met=not wrong,
    )


def main() -> None:
    tasks = int(os.environ.get("BENCH_TASKS", TASKS))
    found: dict[str, list[Round]] = {OURS.name: [], PLAIN.name: []}
    with ground() as on:
        for number in range(pairs()):
            for side in (OURS, PLAIN) if number % 2 else (PLAIN, OURS):
                found[side.name].append(measured(on, side, tasks, seconds()))
    tell(figures(found[OURS.name], found[PLAIN.name], tasks))


if __name__ == "__main__":
    main()
