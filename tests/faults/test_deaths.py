"""The long form of the crashes: the processes of real Celery workers die at one boundary of SQL after the other."""

from __future__ import annotations

import pytest

from tests.faults.fleet import fleet
from tests.faults.scene import LONG

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(not LONG, reason="the long form: make prove")]
#: How many boundaries from a process's first claim on; beyond that they are those of its next operations.
BOUNDARIES = {"before-sql": 40, "after-sql": 40, "before-commit": 6, "after-commit": 6}


def test_workers_that_die_one_after_the_other_lose_nothing_and_do_nothing_twice() -> None:
    with fleet() as running:
        running.write("doomed", boxes=200, each=1)
        for point, number in BOUNDARIES.items():
            for n in range(1, number + 1):
                worker = running.worker(1, ANGARIUM_FAULT=f"{point}:{n}")
                worker.wait_for("exited with 'signal 9", within=60)
                worker.kill()
        running.worker()
        running.wait_until_done(within=300)
        running.tell()
        assert running.breaches() == []
