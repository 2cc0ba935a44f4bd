"""A head that somebody else moves while one waits for its lock is written where it stands then."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from angarium.engine.ledger.public import report_many
from tests.servers.polling import eventually

from .story import claimed, head, log, said

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


@pytest.mark.parametrize("beside", [0, 20])
def test_of_two_who_report_at_once_the_one_who_waits_is_written_too(beside: int) -> None:
    moved, others = claimed(), [claimed() for _ in range(beside)]

    def second() -> None:
        report_many([said(one, 2, message="second") for one in (moved, *others)])
        connection.close()

    waits = threading.Thread(target=second)
    with transaction.atomic():
        report_many([said(moved, 1, message="first " + "x" * 900)])
        waits.start()
        eventually(lambda: _waiting() == 1)
    waits.join()
    assert {(head(one.operation).seq, head(one.operation).message) for one in (moved, *others)} == {(2, "second")}
    assert [seq for _, seq, _, verdict in log(moved.operation) if verdict == "applied"][-2:] == [1, 2]


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])
