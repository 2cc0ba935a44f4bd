"""P1: one report per HTTP request, from 16, 64 and 256 connections, about random ones of 100,000 claimed operations.

Every answer of ours comes after a commit that has reached the disk. At the end of a round what is stored is compared
with what was answered: nothing is lost, nothing is there twice, every operation shows its newest report.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figure, tell
from benchmarks.ground import ground
from benchmarks.loads import Load
from benchmarks.measures import Measure, correct, costs, pairs, seconds, slowest, speed, work
from benchmarks.reports import (
    BARE,
    CELERY_DATABASE,
    CELERY_REDIS,
    NAIVE,
    OURS,
    PREFECT,
    TOLD,
    TUTORIAL,
    Round,
    Side,
    rounds,
)

CONNECTIONS = (16, 64, 256)
#: Where the target for the slowest answers is asked for, and processor time is compared.
AMONG = 64
PEERS = (BARE, TOLD, NAIVE, TUTORIAL, CELERY_REDIS, CELERY_DATABASE, PREFECT)
#: How many times the peer is asked for.
LEAST = {NAIVE.name: 20.0, BARE.name: 0.7}


def measures(side: Side, loads: Sequence[Load]) -> list[Measure]:
    """What there is to say beside this peer."""
    least = LEAST.get(side.name, 0)
    found = [speed(number, f"{load.connections} connections", least) for number, load in enumerate(loads)]
    for number, load in enumerate(loads):
        if load.connections == AMONG:
            where = f"{AMONG} connections"
            found += [slowest(number, where, most=30 if side is NAIVE else 0), work(number, where)]
    return found + list(costs("one by one") if side in (NAIVE, BARE) else ())


def compared(found: dict[str, list[Round]], peers: Sequence[Side], loads: Sequence[Load]) -> list[Figure]:
    """The figures beside each peer."""
    ours = found[OURS.name]
    answer = []
    for side in peers:
        theirs = found[side.name]
        answer += [measure.beside("P1", ours, theirs, side.name) for measure in measures(side, loads)]
        answer.append(correct("P1", ours, theirs, side.name))
    return answer


def main() -> None:
    loads = [Load(connections=connections, seconds=seconds()) for connections in CONNECTIONS]
    with ground() as on:
        found = rounds(on, pairs(), (OURS, *PEERS), loads)
    tell(compared(found, PEERS, loads))


if __name__ == "__main__":
    main()
