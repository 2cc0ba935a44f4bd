"""P2: reports in batches of 100 and of 1,000, each answered by itself, from four connections.

Beside us the bare prototype, which takes the same batches and asks nothing, and the ceiling of the database: pgbench
with four clients, heads and log rows of fifty operations in the order of their ids in one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.ceiling import ceiling
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import OPERATIONS, Load
from benchmarks.measures import Measure, correct, costs, pairs, seconds, slowest, speed, work
from benchmarks.reports import BARE, OURS, Round, rounds

CONNECTIONS, BATCHES = 4, (100, 1000)
#: Heads in one transaction of pgbench.
TOGETHER = 50


def beside_bare(batch: int, ours: list[Round], theirs: list[Round]) -> list[Figure]:
    where = f"batches of {batch:,}"
    measures: list[Measure] = [speed(0, where), slowest(0, where), work(0, where), *costs(where)]
    return [
        *(measure.beside("P2", ours, theirs, BARE.name) for measure in measures),
        correct("P2", ours, theirs, BARE.name),
    ]


def beside_ceiling(batch: int, ours: list[Round], ceilings: list[float]) -> list[Figure]:
    """As a share of what the database does by itself, and as it is."""
    rates = [one.heard[0].rate for one in ours]
    terms = {
        "id": "P2",
        "what": f"transitions/s, batches of {batch:,}",
        "against": f"pgbench, {TOGETHER} together",
        "ours": f"{median(rates):,.0f}",
        "peer": f"{median(ceilings):,.0f}",
    }
    share = ratio(rates, ceilings)
    return [
        Figure(**terms, ratio=spread(rates, ceilings), target="≥ 0.5", met=share >= 0.5),
        Figure(**{**terms, "peer": ""}, target="≥ 20,000", met=median(rates) >= 20_000),
    ]


def run(
    on: Ground, count: int, length: float, batches: Sequence[int] = BATCHES, operations: int = OPERATIONS
) -> list[Figure]:
    answer = []
    for batch in batches:
        found: dict[str, list[Round]] = {OURS.name: [], BARE.name: []}
        ceilings = []
        for _ in range(count):
            ceilings.append(ceiling(on, heads=TOGETHER, clients=CONNECTIONS, seconds=length, operations=operations))
            load = Load(connections=CONNECTIONS, seconds=length, batch=batch, operations=operations)
            for name, some in rounds(on, 1, (OURS, BARE), [load], operations).items():
                found[name] += some
        answer += beside_ceiling(batch, found[OURS.name], ceilings)
        answer += beside_bare(batch, found[OURS.name], found[BARE.name])
    return answer


def main() -> None:
    with ground() as on:
        figures = run(on, pairs(), seconds())
    tell(figures)


if __name__ == "__main__":
    main()
