"""P5: no-op tasks queued and then drained, counted at the effect.

The effect is the same on every side: sixteen bytes appended to a file. The clock runs from the first effect to the
last one; ours stops only when the ledger has stored every outcome as well. Peers are sides with a process per core.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from benchmarks import peers, processor
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import Ground, ground, run
from benchmarks.sides import effect
from tests.servers import postgres

PAIRS = 5
DEADLINE = 300.0


@dataclass(frozen=True)
class Side:
    """One way to work: its program, by whose interpreter, how many pieces a round has, how many workers it starts."""

    name: str
    program: str
    peer: peers.Peer | None
    count: int
    workers: int = 1
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def python(self) -> str:
        return self.peer.python if self.peer else sys.executable


OURS = Side("angarium", "ours", None, 20_000)
CELERY = Side("celery", "plain_celery", peers.CELERY, 10_000)
CELERY_LATE = Side("celery, acks late", "plain_celery", peers.CELERY, 10_000, settings=(("ACKS_LATE", "1"),))
SIDES = (
    OURS,
    CELERY,
    CELERY_LATE,
    Side("dramatiq", "plain_dramatiq", peers.DRAMATIQ, 10_000),
    Side("procrastinate", "plain_procrastinate", peers.PROCRASTINATE, 5_000, workers=2),
    Side("django-tasks-db", "plain_django_tasks", peers.DJANGO_TASKS, 2_000, workers=2),
)


@dataclass(frozen=True)
class Round:
    """What one round gave: tasks a second queued and drained, milliseconds of processor per task, how many were
    lost and doubled."""

    queued: float
    drained: float
    processor: float
    lost: int
    doubled: int


def drain(on: Ground, side: Side, count: int) -> Round:
    """Queue `count` pieces, start the workers, wait until all is done."""
    on.clear()
    effects = on.effects()
    environment = {**on.where(), "BENCH_EFFECTS": str(effects), **dict(side.settings)}
    if side is OURS:
        migrate(environment)
    began = time.monotonic()
    if run(side.python, side.program, "fill", str(count), environment=environment).wait():
        raise SystemExit(f"{side.name} could not queue its work.")
    queued = count / (time.monotonic() - began)
    workers = [run(side.python, side.program, "work", environment=environment) for _ in range(side.workers)]
    try:
        roots = [worker.pid for worker in workers] + [on.broker._process.pid, server_pid()]
        first = wait_for(effects, 1)
        cost = processor.spent(*roots)
        last = wait_for(effects, count)
        if side is OURS:
            last = max(last, ledger_empty(on))
        cost = processor.spent(*roots) - cost
    finally:
        for worker in workers:
            processor.kill(worker.pid)
            worker.wait()
    seen = Counter(number for number, _ in effect.read(str(effects)))
    return Round(
        queued, count / (last - first), cost / count * 1000, count - len(seen), sum(n - 1 for n in seen.values())
    )


def migrate(environment: dict[str, str]) -> None:
    if run(sys.executable, "ours", "migrate", environment=environment).wait():
        raise SystemExit("The database could not be migrated.")


def server_pid() -> int:
    return int(Path(postgres.server().socket, "data", "postmaster.pid").read_text().split()[0])


def wait_for(effects: Path, count: int) -> float:
    """Wait until so many effects happened; returns when the last of them did, in seconds of the common clock."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if effects.exists() and effects.stat().st_size >= count * effect.LINE.size:
            instants = sorted(instant for _, instant in effect.read(str(effects)))
            return instants[count - 1] / 1e9
        time.sleep(0.01)
    raise SystemExit(f"Only {len(effect.read(str(effects)))} of {count} effects within {DEADLINE:g} s.")


def ledger_empty(on: Ground) -> float:
    """Wait until no operation is open; returns when that was seen."""
    with psycopg.connect(on.database, autocommit=True) as connection:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            row = connection.execute("SELECT EXISTS (SELECT FROM ledger_due)").fetchone()
            if row == (False,):
                return time.monotonic()
            time.sleep(0.02)
    raise SystemExit("The ledger still has open operations.")


def rounds(pairs: int, scale: float = 1.0, sides: tuple[Side, ...] = SIDES) -> dict[str, list[Round]]:
    """So many rounds of each side, interleaved, forwards and backwards in turn."""
    found: dict[str, list[Round]] = {side.name: [] for side in sides}
    with ground() as on:
        for number in range(pairs):
            for side in sides if number % 2 else sides[::-1]:
                one = drain(on, side, max(1, int(side.count * scale)))
                found[side.name].append(one)
                sys.stderr.write(f"{side.name}: {one}\n")
    return found


#: What is asked of the drain beside each peer: at least so many times its rate.
TARGETS = {"celery": 3.0, "celery, acks late": 3.0, "procrastinate": 5.0}


def figures(found: dict[str, list[Round]]) -> list[Figure]:
    ours = found[OURS.name]
    answer = []
    for name, theirs in found.items():
        if name == OURS.name:
            continue
        mine, other = [one.drained for one in ours], [one.drained for one in theirs]
        times = ratio(mine, other)
        wanted = TARGETS.get(name)
        answer.append(
            Figure(
                id="P5",
                what="drained, tasks/s",
                against=name,
                ours=f"{median(mine):,.0f}",
                peer=f"{median(other):,.0f}",
                ratio=spread(mine, other),
                target=f"≥ {wanted:g}" if wanted else "",
                met=times >= wanted if wanted else None,
            )
        )
        mine, other = [one.processor for one in ours], [one.processor for one in theirs]
        answer.append(
            Figure(
                id="P5",
                what="processor per task, servers included, ms",
                against=name,
                ours=f"{median(mine):.2f}",
                peer=f"{median(other):.2f}",
                ratio=spread(mine, other),
            )
        )
    return answer


def main() -> None:
    chosen = tuple(side for side in SIDES if not sys.argv[1:] or side is OURS or side.name in sys.argv[1:])
    tell(figures(rounds(int(os.environ.get("BENCH_PAIRS", PAIRS)), sides=chosen)))


if __name__ == "__main__":
    main()
