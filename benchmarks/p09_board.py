"""P9 on a board: tasks that are really changed, and a thousand sockets of fifty members who look at that board.

Each change is the action that a request calls: rights, lock, row, event, commit; the relay, Redis and `angarium live`
bring it to every socket, after asking for each person whether it is theirs to read. The instants begin before the
write. Peers are measured by P9, on a row that nobody reads and with sockets that nobody is asked about.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from statistics import median, quantiles

from benchmarks.figures import Figure, tell
from benchmarks.ground import ground
from benchmarks.p09_live import PAIRS, Round, Side, Size, lost, told

BOARD = Side("a board", "ours_board", None, "/ws/notifications/?topics=project:1", roles=("relay", "live"))
SIZE = Size(bursts=((300, 100), (1000, 50)), paces=((300, 5.0, 6.0), (1000, 20.0, 6.0)), idle=())
#: Milliseconds from the write to the frame with a thousand sockets, p95.
MOST = 100.0


def percentile(values: Sequence[float], part: int) -> float:
    return quantiles(values, n=100)[part - 1]


def figures(rounds: Sequence[Round]) -> list[Figure]:
    """What there is to say of these rounds."""
    found = [
        _figure(f"frames/s, {sockets} sockets", [one.rates[sockets] for one in rounds], ",.0f")
        for sockets in rounds[0].rates
    ]
    for sockets, rate in rounds[0].delays:
        where = f"{sockets} sockets, {rate:g} changes/s"
        for name, of in PARTS.items():
            values = [of(one.delays[sockets, rate]) for one in rounds]
            most = MOST if (sockets, name) == (1000, "p95") else None
            found.append(_figure(f"write → frame, {where}, {name}, ms", values, ".1f", most))
        costs = [one.costs[sockets, rate] for one in rounds]
        found.append(_figure(f"processor per frame, {where}, server, µs", costs, ".1f"))
    good = not any(one.missed or one.twice or one.broken for one in rounds)
    what = "frames missed, frames doubled, connections broken"
    return [
        *found,
        Figure(id="P9", what=f"board: {what}", against="", ours=lost(rounds), peer="", target="0", met=good),
    ]


PARTS: dict[str, Callable[[list[float]], float]] = {
    "p50": median,
    "p95": lambda values: percentile(values, 95),
    "p99": lambda values: percentile(values, 99),
}


def _figure(what: str, values: Sequence[float], unit: str, most: float | None = None) -> Figure:
    return Figure(
        id="P9",
        what=f"board: {what}",
        against="",
        ours=f"{format(median(values), unit)} ({format(min(values), unit)} to {format(max(values), unit)})",
        peer="",
        target=f"≤ {most:g}" if most else "",
        met=median(values) <= most if most else None,
    )


def main() -> None:
    with ground() as on:
        rounds = [told(on, BOARD, SIZE) for _ in range(int(os.environ.get("BENCH_PAIRS", PAIRS)))]
    tell(figures(rounds))


if __name__ == "__main__":
    main()
