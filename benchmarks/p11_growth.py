"""P11: P1 on tables that have grown: the same load with 100,000 transitions stored, with ten million, with fifty.

BENCH_TRANSITIONS says how many (100,000 and two million; the fifty million need 20 GB and half an hour to be written).
There are five to an operation. Twenty thousand operations are reported of: the newest, as it is in life, and then as
many that are spread evenly over all, which is the worst that can happen to a cache.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median

import psycopg

from benchmarks import claimed
from benchmarks.costs import Costs, Meter
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import Heard, Load
from benchmarks.measures import correct, pairs, seconds
from benchmarks.reports import OURS, WARM, Round, Scene, at_work, seeded

TRANSITIONS = (100_000, 2_000_000)
#: Transitions of each operation that is stored, and connections that report.
LINES, CONNECTIONS = 5, 64
OPERATIONS = 20_000


@dataclass
class Stock:
    """A database that has grown to so many transitions; of how many operations at most is reported; what came of it."""

    transitions: int
    database: str
    token: str
    most: int
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    loads: int = 0

    @property
    def operations(self) -> int:
        return max(self.transitions // LINES, 1)

    def loads_of(self, length: float) -> dict[str, Load]:
        """About the newest, and about as many that are spread over all."""
        start, stride = self.operations - self.chosen, self.operations // self.chosen
        newest = Load(connections=CONNECTIONS, seconds=length, operations=self.chosen, start=start)
        return {"the newest": newest, "spread over all": replace(newest, start=0, stride=stride)}

    @property
    def chosen(self) -> int:
        """How many operations are reported of."""
        return min(self.most, self.operations)


def grown(on: Ground, transitions: int, most: int = OPERATIONS) -> Stock:
    on.clear()
    stock, began = Stock(transitions, on.database, seeded(on, OURS, 0), most), time.monotonic()
    open_ones = f"n >= {stock.operations - stock.chosen} OR n % {stock.operations // stock.chosen} = 0"
    state = f"CASE WHEN {open_ones} THEN 'running' ELSE 'succeeded' END"
    claimed.write(on.database, claimed.Rows(first=0, last=stock.operations, state=state, lines=LINES))
    sys.stderr.write(f"{transitions:,} transitions in {time.monotonic() - began:.0f} s\n")
    return stock


def measured(on: Ground, stock: Stock, length: float) -> None:
    """One more round on it."""
    on.database = stock.database
    with at_work(on, OURS, stock.token) as made:
        made.loads, made.since = stock.loads, last_line(made.url)
        loads = stock.loads_of(length)
        for load in loads.values():
            made.load(replace(load, connections=8, seconds=WARM))
        found = {name: told(made, load) for name, load in loads.items()}
        stock.loads, wrong = made.loads, made.wrong()
    for name, (heard, costs) in found.items():
        stock.rounds.setdefault(name, []).append(Round([heard], costs, wrong))
        sys.stderr.write(f"{stock.transitions:,} stored, {name}: {heard}, HOT {costs.hot:.3f}; wrong {wrong}\n")


def told(made: Scene, load: Load) -> tuple[Heard, Costs]:
    """This load and what it cost. After a second of rest a connection tells what it has counted as it works again."""
    meter = Meter(made.url, OURS.heads)
    heard = made.load(load)
    time.sleep(1.1)
    made.load(replace(load, connections=8, seconds=0.1))
    return heard, meter.read(len(heard.taken))


def last_line(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM ledger_transition").fetchone()
    assert row
    return int(row[0])


def figures(stocks: list[Stock]) -> list[Figure]:
    """The grown ones beside the smallest."""
    return [figure for stock in stocks[1:] for name in stock.rounds for figure in _beside(stock, stocks[0], name)]


def _beside(stock: Stock, least: Stock, name: str) -> list[Figure]:
    ours, theirs = stock.rounds[name], least.rounds[name]
    against = f"{least.transitions:,}"
    where = f"{name}, {stock.transitions:,} stored"

    def figure(what: str, of: Callable[[Round], float], unit: str, target: str, met: bool | None) -> Figure:
        mine, other = [of(one) for one in ours], [of(one) for one in theirs]
        said = {"ours": format(median(mine), unit), "peer": format(median(other), unit), "ratio": spread(mine, other)}
        return Figure(id="P11", what=f"{what}, {where}", against=against, **said, target=target, met=met)

    rates = ([one.heard[0].rate for one in found] for found in (ours, theirs))
    hot = median(one.costs.hot for one in ours)
    return [
        figure("reports/s", lambda one: one.heard[0].rate, ",.0f", "≥ 0.9", ratio(*rates) >= 0.9),
        figure("processor per report, µs", lambda one: one.heard[0].each, ",.0f", "", None),
        figure("p99, ms", lambda one: one.heard[0].p99, ".1f", "", None),
        figure("HOT updates, %", lambda one: one.costs.hot * 100, ".1f", "≥ 95 %", hot >= 0.95),
        correct("P11", ours, theirs, against),
    ]


def sizes() -> list[int]:
    if words := os.environ.get("BENCH_TRANSITIONS"):
        return [int(word.replace("_", "")) for word in words.split(",")]
    return list(TRANSITIONS)


def main() -> None:
    with ground() as on:
        stocks = [grown(on, transitions) for transitions in sizes()]
        for number in range(pairs()):
            for stock in stocks if number % 2 else stocks[::-1]:
                measured(on, stock, seconds())
    tell(figures(stocks))


if __name__ == "__main__":
    main()
