"""P4: from the commit to the handler's start, at rest and at 200 a second; and what is lost when something dies.

Plain is Django's usual way, `transaction.on_commit(lambda: task.delay())` on Redis. Both sides take the first instant
in the first hook after the commit, before anything is published, and the second one as the first thing the task does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from subprocess import Popen

from benchmarks import processor
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import Ground, ground, run
from benchmarks.p05_drain import CELERY, CELERY_LATE, OURS, Side, migrate
from benchmarks.sides import effect

PAIRS = 5
#: (name, commits a second, seconds)
PACES = (("at rest", 10.0, 20.0), ("at 200/s", 200.0, 10.0))
#: The first commits of a process connect, import and compile; they are left out on both sides.
FIRST = 10
#: How long to wait for what did not come at once: ours is due again after two seconds of silence.
PATIENCE = 30.0


@dataclass
class Scene:
    """One side at work on fresh servers: whoever commits, and its workers."""

    on: Ground
    side: Side
    environment: dict[str, str] = field(default_factory=dict)
    worker: Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.on.clear()
        self.commits, self.effects = self.on.effects(), self.on.effects()
        self.environment = {
            **self.on.where(),
            **dict(self.side.settings),
            "BENCH_COMMITS": str(self.commits),
            "BENCH_EFFECTS": str(self.effects),
            "LEASE_SECONDS": "2",
            "REPUBLISH_SECONDS": "2",
            "PREFETCH": "4",
        }
        if self.side is OURS:
            migrate(self.environment)

    def start_worker(self) -> None:
        self.worker = run(self.side.python, self.side.program, "work", environment=self.environment)

    def kill_worker(self) -> None:
        if self.worker:
            processor.kill(self.worker.pid)
            self.worker.wait()

    def commit(self, rate: float, seconds: float) -> Popen[bytes]:
        return run(self.side.python, self.side.program, "touch", str(rate), str(seconds), environment=self.environment)

    def warm(self) -> int:
        """Commit some until the worker works; returns how many these were."""
        self.start_worker()
        self.commit(10, 1).wait()
        self.wait(PATIENCE)
        return len(effect.read(str(self.commits)))

    def wait(self, patience: float) -> int:
        """Wait until each commit has its effect; returns how many have none."""
        deadline = time.monotonic() + patience
        while (left := self.missing()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def missing(self) -> int:
        done: dict[int, int] = {}
        for number, _ in effect.read(str(self.effects)):
            done[number] = done.get(number, 0) + 1
        expected: dict[int, int] = {}
        for number, _ in effect.read(str(self.commits)):
            expected[number] = expected.get(number, 0) + 1
        return sum(max(0, count - done.get(number, 0)) for number, count in expected.items())


def delays(on: Ground, side: Side, rate: float, seconds: float) -> list[float]:
    """Milliseconds from each commit to the start of its handler."""
    scene = Scene(on, side)
    try:
        before = scene.warm()
        scene.commit(rate, seconds).wait()
        scene.wait(PATIENCE)
    finally:
        scene.kill_worker()
    commits = dict(effect.read(str(scene.commits))[before + FIRST :])
    effects = dict(effect.read(str(scene.effects)))
    return [(effects[number] - at) / 1e6 for number, at in commits.items() if effects.get(number, 0) > at]


def lost(
    on: Ground, side: Side, disaster: Callable[[Scene], None], rate: float = 200, seconds: float = 5
) -> tuple[int, int]:
    """Commit at this pace, with a disaster in the middle: (commits, those without an effect)."""
    scene = Scene(on, side)
    try:
        scene.warm()
        committing = scene.commit(rate, seconds)
        while len(effect.read(str(scene.commits))) < rate * seconds / 2 and committing.poll() is None:
            time.sleep(0.01)
        disaster(scene)
        committing.wait()
        return len(effect.read(str(scene.commits))), scene.wait(PATIENCE)
    finally:
        scene.kill_worker()


def broker_dies(scene: Scene) -> None:
    scene.on.broker.stop()
    time.sleep(1)
    scene.on.broker.start()


def worker_dies(scene: Scene) -> None:
    scene.kill_worker()
    scene.start_worker()


def p99(values: list[float]) -> float:
    return quantiles(values, n=100)[98]


def compared(on: Ground, pairs: int, name: str, rate: float, seconds: float) -> list[Figure]:
    found: dict[str, list[list[float]]] = {OURS.name: [], CELERY.name: []}
    for number in range(pairs):
        for side in (OURS, CELERY) if number % 2 else (CELERY, OURS):
            found[side.name].append(delays(on, side, rate, seconds))
            one = found[side.name][-1]
            sys.stderr.write(f"{side.name} {name}: p50 {median(one):.1f} ms, p99 {p99(one):.1f} ms, {len(one)}\n")
    answer = []
    for what, of in (("p50", median), ("p99", p99)):
        ours, theirs = ([of(values) for values in found[side.name]] for side in (OURS, CELERY))
        met = ratio(ours, theirs) <= 1.3 if what == "p50" else median(ours) <= 40
        answer.append(
            Figure(
                id="P4",
                what=f"commit → handler, {name}, {what}, ms",
                against="on_commit(delay) on Redis",
                ours=f"{median(ours):.1f}",
                peer=f"{median(theirs):.1f}",
                ratio=spread(ours, theirs),
                target="≤ 1.3" if what == "p50" else "≤ 40 ms",
                met=met,
            )
        )
    return answer


def losses(on: Ground) -> list[Figure]:
    answer = []
    for what, disaster in (("the broker is gone for a second", broker_dies), ("the worker is killed", worker_dies)):
        told = {side.name: lost(on, side, disaster) for side in (OURS, CELERY, CELERY_LATE)}
        for name in (CELERY.name, CELERY_LATE.name):
            (all_ours, ours), (all_theirs, theirs) = told[OURS.name], told[name]
            answer.append(
                Figure(
                    id="P4",
                    what=f"lost at 200/s when {what}",
                    against=name,
                    ours=f"{ours} of {all_ours}",
                    peer=f"{theirs} of {all_theirs}",
                    target="0",
                    met=ours == 0,
                )
            )
    return answer


def main() -> None:
    with ground() as on:
        figures = [
            figure for pace in PACES for figure in compared(on, int(os.environ.get("BENCH_PAIRS", PAIRS)), *pace)
        ]
        tell(figures + losses(on))


if __name__ == "__main__":
    main()
