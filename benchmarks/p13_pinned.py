"""P13: a session that began a transaction and forgot it, while a thousand reports a second come.

As long as it is there no row version that ended after its snapshot can be removed: heads grow longer chains, and what
is written and deleted again (deltas of counters, due rows) stays. BENCH_PINNED says for how many seconds (30; the
whole form is ten minutes). The same reports without such a session stand beside it; `angarium relay` works in both.
Afterwards both are asked for as much as they can take, the session still there.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from statistics import median

import psycopg

from benchmarks.costs import Costs, Meter
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import Heard, Load, Wrong
from benchmarks.measures import correct, pairs, seconds
from benchmarks.reports import TOLD, WARM, Round, Scene, scene

RATE, CONNECTIONS, SECONDS = 1000.0, 64, 30.0
#: Operations that are reported of, each again and again, so that old versions pile up where the new ones are written.
OPERATIONS = 2000
SHARE = 0.9
#: Seconds that the relay has to come up with what was reported.
PATIENCE = 30.0
BEHIND = """
SELECT coalesce((SELECT max(id) FROM ledger_transition), 0) - coalesce((SELECT max(upto) FROM ledger_stretch), 0)
"""


@dataclass(frozen=True)
class Pinned:
    """At the pace and at full speed; lines that the relay had not reached when the pace ended, and after a while."""

    pace: Heard
    full: Heard
    costs: Costs
    wrong: Wrong
    behind: int
    left: int

    @property
    def round(self) -> Round:
        return Round([self.pace, self.full], self.costs, self.wrong)


@contextmanager
def forgotten(url: str) -> Iterator[None]:
    """A session that is idle in its transaction, with a snapshot and with a number of its own."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT pg_current_xact_id(), count(*) FROM ledger_operation")
        yield
        connection.rollback()


def pinned(on: Ground, is_pinned: bool, rate: float, length: float, full: float) -> Pinned:
    with scene(on, TOLD, OPERATIONS) as made:
        made.load(Load(connections=8, seconds=WARM, operations=OPERATIONS))
        meter = Meter(made.url, TOLD.heads)
        with forgotten(made.url) if is_pinned else nullcontext():
            pace = made.load(Load(connections=CONNECTIONS, seconds=length, rate=rate, operations=OPERATIONS))
            behind = not_told(made)
            after = made.load(Load(connections=CONNECTIONS, seconds=full, operations=OPERATIONS))
            left = caught_up(made)
            made.stop()
        costs = meter.read(len(pace.taken) + len(after.taken))
        one = Pinned(pace, after, costs, made.wrong(), behind, left)
    name = "pinned" if is_pinned else "free"
    sys.stderr.write(f"{name}: {pace}; then {after}; behind {behind}, {left}; HOT {costs.hot:.3f}; wrong {one.wrong}\n")
    return one


def not_told(made: Scene) -> int:
    """Lines that the relay has not given a position yet."""
    with psycopg.connect(made.url) as connection:
        row = connection.execute(BEHIND).fetchone()
    assert row
    return int(row[0])


def caught_up(made: Scene) -> int:
    """The same once it had time for them."""
    deadline = time.monotonic() + PATIENCE
    while (left := not_told(made)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def figures(held: list[Pinned], free: list[Pinned], rate: float, length: float) -> list[Figure]:
    where = f"{length:g} s idle in transaction"

    def figure(what: str, of: str, unit: str, target: str = "", met: bool | None = None) -> Figure:
        mine, other = ([_read(one, of) for one in found] for found in (held, free))
        said = {"ours": format(median(mine), unit), "peer": format(median(other), unit)}
        shares = spread(mine, other) if all(mine) and all(other) else ""
        return Figure(
            id="P13", what=f"{what}, {where}", against="without it", **said, ratio=shares, target=target, met=met
        )

    def share(of: str) -> bool:
        return ratio(*([_read(one, of) for one in found] for found in (held, free))) >= SHARE

    wrong = correct("P13", [one.round for one in held], [one.round for one in free], "without it")
    left = max(one.left for one in held)
    return [
        figure(f"reports/s of {rate:,.0f} asked", "pace.rate", ",.0f", "≥ 0.9", share("pace.rate")),
        figure(f"p99 at {rate:,.0f}/s, ms", "pace.p99", ".1f"),
        figure("reports/s at full speed after it", "full.rate", ",.0f", "≥ 0.9", share("full.rate")),
        figure("processor per report, µs", "pace.each", ",.0f"),
        figure("HOT updates, %", "costs.hot", ".1%"),
        figure("lines that the relay is behind at the end", "behind", ",.0f"),
        figure(f"lines that it is behind {PATIENCE:g} s later", "left", ",.0f", "0", left == 0),
        wrong,
    ]


def _read(one: Pinned, of: str) -> float:
    value: object = one
    for name in of.split("."):
        value = getattr(value, name)
    assert isinstance(value, int | float)
    return float(value)


def main() -> None:
    length = float(os.environ.get("BENCH_PINNED", SECONDS))
    held: list[Pinned] = []
    free: list[Pinned] = []
    with ground() as on:
        for number in range(pairs()):
            for is_pinned in (True, False) if number % 2 else (False, True):
                (held if is_pinned else free).append(pinned(on, is_pinned, RATE, length, seconds()))
    tell(figures(held, free, RATE, length))


if __name__ == "__main__":
    main()
