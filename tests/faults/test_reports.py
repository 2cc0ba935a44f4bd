"""Reports over a bad network and from bad clocks: what is stored is what the rule says, whatever comes when.

`PROVE=1` sends a million, to SQLite too.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import psycopg
import pytest

from tests.faults.reporters import Line, Sent, complaints, hold, muddled, send_all, story
from tests.processes.instance import Instance
from tests.servers import postgres
from tests.servers.environment import free_port, wait_for_port

LONG = bool(os.environ.get("PROVE"))
#: So many operations, and reports of each before some are doubled.
OPERATIONS, LENGTH = (52_000, 13) if LONG else (120, 10)


class OnPostgres(Instance):
    """What one asks of the rows is asked of PostgreSQL."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


@contextmanager
def live(url: str = "", **environment: str) -> Iterator[Instance]:
    """The role that takes reports, alone, on either database."""
    instance = OnPostgres(environment={"DATABASE_URL": url}) if url else Instance()
    instance.seed()
    port = free_port()
    instance.url = f"http://127.0.0.1:{port}"
    with instance.start("live", PORT=str(port), **environment):
        wait_for_port(port)
        yield instance


def given_anew(instance: Instance, sent: list[Sent], dice: Random, number: int) -> list[Sent]:
    """Some that are still held are paused, resumed and given to another worker; what that one says."""
    line = Line(instance)
    said: list[Sent] = []
    ended = {one.operation for one in sent if "state" in one.body and one.status == 200}
    for operation in sorted({one.operation for one in sent} - ended)[:number]:
        for verb in (":pause", ":resume"):
            assert line.post(f"/{operation}{verb}")[0] == 200
        status, claim = line.post(f"/{operation}/claim", {"worker": "another", "lease_seconds": 3600})
        assert status == 200, claim
        said += story(operation, claim["epoch"], dice, LENGTH)
    return said


@pytest.mark.parametrize(
    "database", [*(["sqlite"] if LONG else []), pytest.param("postgres", marks=pytest.mark.postgres)]
)
def test_f1_reports_in_any_order_any_number_of_times_end_as_the_oracle_says(database: str) -> None:
    dice = Random(1)
    with live(postgres.new_database() if database == "postgres" else "") as instance:
        everything = muddled(
            [one for id, epoch in hold(instance, OPERATIONS) for one in story(id, epoch, dice, LENGTH)], dice
        )
        half = len(everything) // 2
        sent = send_all(instance, everything[:half], dice)
        anew = given_anew(instance, sent, dice, 200 if LONG else 10)
        rest = [*everything[half:], *muddled(anew, dice)]
        dice.shuffle(rest)
        sent += send_all(instance, rest, dice)
        assert complaints(instance, sent) == []
        replaced = {one.operation for one in anew}
        states = dict(instance.rows("select state, count(*) from ledger_operation group by 1"))
        assert "running" not in states
        seen = Counter(one.verdict for one in sent)
        assert {"applied", "late", "repeat", "lease_lost", "other_body"} <= seen.keys(), seen
        assert all(one.operation in replaced for one in sent if one.verdict == "lease_lost")


@pytest.mark.postgres
def test_f11_without_connections_to_the_database_reports_are_refused_whole_and_taken_again_afterwards() -> None:
    """The database takes no more connections: 503 with Retry-After within seconds, nothing half written; when it takes
    some again the server goes on by itself, and a service with the SDK has lost nothing."""
    url = postgres.new_database()
    name = url.rpartition("/")[2]
    with live(url) as instance:
        ((id, epoch), (other, _)) = hold(instance, 2)
        line = Line(instance)
        assert line.report([Sent(id, epoch, 1, {"message": "before"})])[0].applied
        with psycopg.connect(f"{url.rpartition('/')[0]}/postgres", autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type]
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            refused = [
                line.post(f"/{id}/transitions", {"epoch": epoch, "seq": 2, "message": "during"}) for _ in range(3)
            ]
            assert [(status, body["code"]) for status, body in refused] == [(503, "unavailable")] * 3
            status, _ = line.post("/transitions:batch", {"transitions": [Sent(other, 1, 1, {"message": "m"}).item]})
            assert status == 503
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type]
        found = line.report([Sent(id, epoch, 2, {"message": "during"})])[0]
        assert (found.status, found.verdict) == (200, "applied")
        rows = instance.rows(
            f"select seq, message from ledger_transition where operation_id = '{id}' and seq > 0 order by 1"
        )
        assert rows == [(1, "before"), (2, "during")]
        assert instance.rows(f"select seq from ledger_operation where id = '{other}'") == [(0,)]


@pytest.mark.postgres
def test_f12_a_transaction_that_idles_with_a_lock_holds_up_no_other_report() -> None:
    url = postgres.new_database()
    with live(url) as instance:
        (stuck, _), *others = hold(instance, 9)
        line = Line(instance)
        with psycopg.connect(url) as idle:
            idle.execute("SELECT 1 FROM ledger_operation WHERE id = %s FOR UPDATE", [stuck])
            began = time.monotonic()
            assert line.post(f"/{stuck}/transitions", {"epoch": 1, "seq": 1})[0] == 503
            assert time.monotonic() - began < 5
            seconds = []
            for seq in range(1, 6):
                began = time.monotonic()
                assert all(one.applied for id, _ in others for one in line.report([Sent(id, 1, seq, {})]))
                seconds.append((time.monotonic() - began) / len(others))
            assert max(seconds) < 1, seconds
        deadline = time.monotonic() + 10
        while line.post(f"/{stuck}/transitions", {"epoch": 1, "seq": 1})[0] != 200:
            assert time.monotonic() < deadline, "it is not taken again"
