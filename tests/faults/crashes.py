"""Kills a worker at every boundary of SQL, one worker per boundary, and lets others finish what is left.

    python -m tests.faults.crashes POINT… -- CASE…        a case is task:number, so many operations in one message

The boundaries are enumerated and not known beforehand: the n-th worker dies at the n-th one, until one gets through.
"""

from __future__ import annotations

import itertools
import signal
import sys

import django

ENOUGH = 500
#: Operations that whoever looks before each worker begins sees: those of the last few workers are among them.
NEWEST = 40


def main() -> None:
    django.setup()
    split = sys.argv.index("--")
    for case in sys.argv[split + 1 :]:
        task, _, number = case.partition(":")
        for point in sys.argv[1:split]:
            found = boundaries(task, int(number), point)
            sys.stdout.write(f"boundaries: {task} {number} {point} {found}\n")
            _finish_in_a_fork()
    _tell_in_a_fork()


def boundaries(task: str, number: int, point: str) -> int:
    """Kill a worker at each; returns how many there were."""
    from tests.faults.forks import ended, forked

    for n in itertools.count(1):
        assert n < ENOUGH, f"{task} never gets past its boundaries"
        status = ended(forked(lambda n=n: _work(task, number, f"{point}:{n}")))  # type: ignore[misc]
        if status == 0:
            return n - 1
        assert status == -signal.SIGKILL, f"{task} at {point}:{n} ended with {status}"
    raise AssertionError


def _work(task: str, number: int, fault: str) -> None:
    """A worker that gets one message, and dies at the fault if it comes to it."""
    from django.db import connection

    from angarium.engine.events.public import stamp
    from angarium.engine.ledger.public import Operation, take_due
    from angarium.engine.tasks.faults import arm
    from tests.faults.tables import tell_heads
    from tests.faults.working import deliver

    tell_heads(NEWEST)
    _ask(task, number, f"{task}-{number}-{fault}")
    stamp()
    take_due()
    newest = Operation.objects.filter(kind=task, claims=0).order_by("-id").values_list("id", flat=True)[:number]
    ids = sorted(newest)
    connection.close()
    arm(fault)
    deliver(task, ids)


def _ask(task: str, number: int, name: str) -> None:
    from tests.faults import lessons, letters, writing

    for one in range(number):
        if task.startswith("lessons."):
            lessons.write(f"{name}-{one}")
        elif task == "delivery.deliver":
            letters.write(f"{name}-{one}")
        else:
            kind = "tried" if task in ("work.stumble", "work.never") else "placed"
            writing.write(f"{name}-{one}", box=f"{name}-{one}", kind=kind)


def _finish_in_a_fork() -> None:
    from tests.faults.forks import in_a_fork
    from tests.faults.working import finish

    in_a_fork(finish)


def _tell_in_a_fork() -> None:
    from tests.faults.forks import in_a_fork
    from tests.faults.tables import tell

    in_a_fork(tell)


if __name__ == "__main__":
    main()
