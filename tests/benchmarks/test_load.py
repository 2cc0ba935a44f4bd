"""OP-21: many updates a second, each answered after its commit; in the long form a thousand for a minute."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.costs import Costs, Meter
from benchmarks.loads import Heard, Load, Wrong
from benchmarks.reports import OURS, Scene, scene
from tests.benchmarks.ground import ground
from tests.servers import postgres

LONG = bool(os.environ.get("PROVE"))
RATE, SECONDS, OPERATIONS = (1000.0, 60.0, 20_000) if LONG else (150.0, 3.0, 500)


def measured(made: Scene) -> tuple[Heard, Costs]:
    """What was heard, and what it cost. A connection tells the server's counters of what it has done with a later
    transaction: where they show more than was asked for, the rest is from before, and it is measured again."""
    while True:
        meter = Meter(made.url, OURS.heads)
        heard = made.load(Load(connections=64, seconds=SECONDS, rate=RATE, operations=OPERATIONS))
        costs = meter.read(len(heard.taken))
        if costs.updates <= 1.5 * len(heard.taken):
            return heard, costs


@pytest.mark.postgres
@pytest.mark.processes
def test_op_21_so_many_updates_a_second_are_all_taken_and_stay_within_their_pages() -> None:
    with postgres.undisturbed(), ground() as on, scene(on, OURS, OPERATIONS) as made:
        warm = 0  # a page takes updates within itself once its first ones have made room
        while warm < 2 * OPERATIONS:
            warm += len(made.load(Load(connections=64, seconds=1, operations=OPERATIONS)).taken)
        heard, costs = measured(made)
        made.stop()
        sys.stderr.write(f"{heard}; HOT {costs.hot:.3f}\n")
        assert (heard.refused, heard.broken, made.wrong()) == (0, 0, Wrong())
    assert costs.hot > 0.9
    assert len(heard.taken) >= (
        0.95 * RATE * SECONDS if LONG else 1
    )  # how fast is for a machine that does nothing else
