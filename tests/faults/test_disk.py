"""No room is left for the database: who writes is told so, who reads is answered, and nothing accepted is lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.history import FILE
from tests.faults.load import under_load
from tests.faults.scene import Scene
from tests.processes.instance import eventually


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """For as long as the block lasts, whatever this process writes to a file fails, as it does on a full disk."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_disk_that_was_full_under_load_has_lost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(API_RATE="1000000/min", LEASE_SECONDS="3", REPUBLISH_SECONDS="2")
    monkeypatch.setenv(FILE, str(scene.file))
    with scene.up() as process:
        with under_load(scene) as load:
            load.wait_for(201, 5)
            with full_disk(process.pid):
                load.wait_for(503, 4)
                assert scene.ask("GET", "/health/live").status == 200
            load.wait_for(201, 5)
        waiting = (
            "select (select count(*) from events_event where position is null) + count(*) from ledger_due "
            "where due_at < datetime('now', '+1 hour')"
        )
        eventually(lambda: scene.rows(waiting) == [(0,)], process, within=60)
        assert process.terminate(within=10) == 0
    scene.tell()
    assert scene.breaches() == []
    assert load.strange == []
