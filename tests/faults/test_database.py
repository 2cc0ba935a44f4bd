"""PostgreSQL is stopped and started under load: who asks is told so at once, and nothing that was accepted is lost."""

from __future__ import annotations

import signal

import pytest

from tests.faults.fleet import fleet
from tests.faults.history import FILE
from tests.faults.load import under_load
from tests.faults.scene import LONG
from tests.servers import postgres

pytestmark = pytest.mark.postgres
ROUNDS = 5 if LONG else 1


def test_a_database_restarted_under_load_loses_nothing_and_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with postgres.durable() as database, fleet(database.url, API_RATE="1000000/min") as running:
        monkeypatch.setenv(FILE, str(running.file))
        running.worker(2)
        running.web()
        with under_load(running) as load:
            for how in (signal.SIGINT, signal.SIGQUIT) * ROUNDS:
                load.wait_for(201, 8)
                database.stop(how)
                load.wait_for(503, 4)
                database.start()
            load.wait_for(201, 8)
        running.wait_until_done()
        running.tell()
        assert running.breaches() == []
        assert load.strange == []
        assert len(running.look("select 1 from lessons_lesson")) >= 24 * ROUNDS
