"""P3: one operation of which 64 connections report at once, progress and, each fiftieth, a new stage.

Peers: the usual service with one `UPDATE` of one row for each request, and the row by itself: pgbench, one head and one
log row in a transaction. What was answered is compared with the log: no state change is lost, and the head shows the
newest stage that was applied.
"""

from __future__ import annotations

import sys
from statistics import median

import psycopg

from benchmarks.ceiling import ceiling
from benchmarks.figures import Figure, spread, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import OPERATIONS, Load
from benchmarks.measures import Measure, correct, pairs, seconds, slowest, speed, work
from benchmarks.reports import NAIVE, OURS, Round, Scene, Side, measured

CONNECTIONS, EVERY = 64, 50
LEAST = 1500
STAGES = """
SELECT o.stage = coalesce((SELECT stage FROM ledger_transition t WHERE t.operation_id = o.id AND verdict = 'applied'
    AND stage <> '' ORDER BY epoch DESC, seq DESC LIMIT 1), '')
FROM ledger_operation o WHERE o.id = '01900000-0000-7000-8000-000000000000'
"""


def hot(on: Ground, side: Side, length: float, operations: int = OPERATIONS) -> Round:
    """A round about one operation among so many."""
    load = Load(connections=CONNECTIONS, seconds=length, operations=1, every=EVERY if side is OURS else 0, rare="stage")
    look = stage_is_the_newest if side is OURS else None
    one = measured(on, side, [load], look, operations)
    sys.stderr.write(f"{side.name}: {one.heard[0]}; wrong {one.wrong}\n")
    return one


def stage_is_the_newest(made: Scene) -> None:
    with psycopg.connect(made.url) as connection:
        assert connection.execute(STAGES).fetchone() == (True,), "The head does not show its newest stage."


def compared(ours: list[Round], naive: list[Round], alone: list[float]) -> list[Figure]:
    rates = [one.heard[0].rate for one in ours]
    where = f"one operation, {CONNECTIONS} connections"
    measures: list[Measure] = [speed(0, where), slowest(0, where), work(0, where)]
    row = Figure(
        id="P3",
        what=f"reports/s, {where}",
        against="the row by itself, pgbench",
        ours=f"{median(rates):,.0f}",
        peer=f"{median(alone):,.0f}",
        ratio=spread(rates, alone),
        target=f"≥ {LEAST:,}",
        met=median(rates) >= LEAST,
    )
    beside = [measure.beside("P3", ours, naive, NAIVE.name) for measure in measures]
    return [row, *beside, correct("P3", ours, naive, NAIVE.name)]


def main() -> None:
    ours, naive, alone = [], [], []
    with ground() as on:
        for _ in range(pairs()):
            alone.append(ceiling(on, heads=1, clients=16, seconds=seconds(), operations=1))
            naive.append(hot(on, NAIVE, seconds()))
            ours.append(hot(on, OURS, seconds()))
    tell(compared(ours, naive, alone))


if __name__ == "__main__":
    main()
