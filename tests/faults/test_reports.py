"""Reports over a bad network and from bad clocks: what is stored is what the rule says, whatever comes when.

`PROVE=1` sends a million.
"""

from __future__ import annotations

import os
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
OPERATIONS, LENGTH = (52_000, 13) if LONG else (250, 10)


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


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
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
