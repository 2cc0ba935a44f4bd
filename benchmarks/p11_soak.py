"""P11, over hours: reports at a steady pace, and whether anything grows that should not.

BENCH_SOAK says for how many seconds (60; six hours are the whole form), BENCH_RATE how many reports a second (200).
A fleet's `angarium live` and `angarium relay` work on 100,000 operations. After each stretch, of a minute in the long
form, it is looked at: answers and waiting in it, memory of both processes, size of the heads with their indexes, lines
that the relay is behind. The middle of the last tenth of the stretches stands beside that of the first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

import psycopg

from benchmarks.costs import Costs, Meter
from benchmarks.figures import Figure, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import Load, Wrong
from benchmarks.memory import bars, resident
from benchmarks.p13_pinned import not_told
from benchmarks.reports import TOLD, WARM, Scene, scene

SECONDS, RATE, CONNECTIONS = 60.0, 200.0, 32
#: Stretches at most, and seconds of each at most.
STRETCHES, LONGEST = 10, 60.0
#: How much more than at first still counts as flat.
FLAT = 1.1
_SIZE = "SELECT pg_total_relation_size('ledger_operation') / 1e6"


@dataclass(frozen=True)
class Look:
    """One stretch: reports a second, p99 in ms, MB of both processes, MB of heads, lines that the relay is behind,
    bytes of WAL for a report."""

    rate: float
    p99: float
    live: float
    relay: float
    heads: float
    behind: int
    wal: float


@dataclass
class Soaked:
    """All stretches, and what is wrong in the end."""

    asked: float
    seconds: float
    looks: list[Look] = field(default_factory=list)
    refused: int = 0
    wrong: Wrong = field(default_factory=Wrong)
    costs: Costs | None = None

    def of(self, name: str) -> list[float]:
        return [float(getattr(one, name)) for one in self.looks]

    def ends(self, name: str) -> tuple[float, float]:
        """The middle of the first tenth, and of the last."""
        found = self.of(name)
        some = max(1, len(found) // 10)
        return median(found[:some]), median(found[-some:])


def soaked(on: Ground, length: float, rate: float) -> Soaked:
    stretch = min(LONGEST, length / STRETCHES)
    found = Soaked(rate, length)
    with scene(on, TOLD) as made:
        made.load(Load(connections=CONNECTIONS, seconds=WARM, rate=rate))
        whole = Meter(made.url, TOLD.heads)
        for number in range(round(length / stretch)):
            found.looks.append(looked(made, stretch, rate, found))
            sys.stderr.write(f"{(number + 1) * stretch:,.0f} s: {found.looks[-1]}\n")
        made.stop()
        found.costs, found.wrong = whole.read(len(made.taken)), made.wrong()
    return found


def looked(made: Scene, stretch: float, rate: float, found: Soaked) -> Look:
    meter = Meter(made.url, TOLD.heads)
    heard = made.load(Load(connections=CONNECTIONS, seconds=stretch, rate=rate))
    found.refused += heard.refused + heard.broken
    live, relay = (resident(one.pid) for one in made.processes)
    wal = meter.read(len(heard.taken)).wal_each
    return Look(heard.rate, heard.p99, live, relay, _heads(made.url), not_told(made), wal)


def _heads(url: str) -> float:
    with psycopg.connect(url) as connection:
        row = connection.execute(_SIZE).fetchone()
    assert row
    return float(row[0])


def figures(found: Soaked) -> list[Figure]:
    where = f"{found.seconds / 3600:.2g} h at {found.asked:,.0f}/s"

    def beside(what: str, of: str, unit: str, met: Callable[[float, float], bool] | None, target: str = "") -> Figure:
        first, last = found.ends(of)
        said = {"ours": format(last, unit), "peer": format(first, unit), "ratio": f"{last / (first or 1):.2f}"}
        judged = met(first, last) if met else None
        return Figure(id="P11", what=f"{what}, {where}", against="its beginning", **said, target=target, met=judged)

    def flat(first: float, last: float) -> bool:
        return last <= first * FLAT

    faults = [found.wrong.lost, found.wrong.doubled, found.wrong.behind, found.refused]
    hot = found.costs.hot if found.costs else 0.0
    return [
        beside("reports/s", "rate", ",.0f", lambda first, last: last >= 0.9 * first, "≥ 0.9"),
        beside("p99, ms", "p99", ".1f", None),
        beside("MB of live", "live", ".1f", flat, f"≤ {FLAT}"),
        beside("MB of the relay", "relay", ".1f", flat, f"≤ {FLAT}"),
        beside("MB of heads and their indexes", "heads", ".1f", flat, f"≤ {FLAT}"),
        beside("bytes of WAL per report", "wal", ",.0f", None),
        Figure(
            id="P11", what=f"lines that the relay is behind, at most, {where}", against="itself",
            ours=format(max(found.of("behind")), ",.0f"), peer="",
        ),
        Figure(
            id="P11", what=f"HOT updates, {where}", against="itself", ours=f"{hot:.1%}", peer="", target="≥ 95 %",
            met=hot >= 0.95,
        ),
        Figure(
            id="P11", what=f"lost, doubled, behind, refused or hung up on, {where}", against="itself",
            ours=_told(faults), peer="", target="0", met=not any(faults),
        ),
    ]  # fmt: skip


def _told(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def main() -> None:
    with ground() as on:
        found = soaked(on, float(os.environ.get("BENCH_SOAK", SECONDS)), float(os.environ.get("BENCH_RATE", RATE)))
    sys.stderr.write("".join(f"{name}: {bars(found.of(name))}\n" for name in ("rate", "p99", "live", "relay", "heads")))
    tell(figures(found))


if __name__ == "__main__":
    main()
