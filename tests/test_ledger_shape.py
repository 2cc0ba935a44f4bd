"""Updates of heads stay within their pages (HOT), on a PostgreSQL of its own.

Of its own, because a transaction that is open in any database of a server keeps PostgreSQL from reusing the room of
row versions that ended after it began: the other tests' transactions would be measured too.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.servers import postgres
from tests.servers.processes import clean_environment

pytestmark = pytest.mark.postgres

OPERATIONS, ROUNDS = 50, 20
MEASURE = """
import json
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection
from angarium.engine.ledger.public import Kind, Report, claim, register, report_many, start

def updates():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'ledger_operation'")
        return cursor.fetchone()

register(Kind("test.work", "test"))
claims = [claim(start("test.work"), worker="w", lease_seconds=600) for _ in range({operations})]
before = updates()
reports = [
    Report(operation=one.operation, epoch=one.epoch, seq=seq, progress=(seq, {rounds}), metadata={{"at": seq}})
    for seq in range(1, {rounds} + 1) for one in claims
]
for first in range(0, len(reports), {batch}):
    report_many(reports[first : first + {batch}])
print(json.dumps([now - then for now, then in zip(updates(), before)]))
"""


@pytest.mark.parametrize("batch", [1, 10, 50])
def test_reports_update_heads_within_their_pages(batch: int) -> None:
    script = MEASURE.format(operations=OPERATIONS, rounds=ROUNDS, batch=batch)
    with postgres.alone() as url:
        measured = subprocess.run(
            [sys.executable, "-m", "django", "shell", "-v0", "-c", script],
            env=clean_environment({"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "angarium.config.settings"}),
            capture_output=True,
            text=True,
            check=True,
        )
    updated, within = json.loads(measured.stdout.strip().splitlines()[-1])
    assert updated == OPERATIONS * ROUNDS
    assert within / updated >= 0.95, f"{within} of {updated}"
