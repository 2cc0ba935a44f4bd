"""What the accept rule costs as a function under row locks: `report_many` beside a hand-written single SQL statement.

Both write the head and the log row of progress reports, one report for each of N operations in a transaction, durably
on a private PostgreSQL. The statement leaves out what it could not do at all: two reports of one operation in one
batch, ends (side tables, counters, order keys) and SQLite. Run: `.venv/bin/python -m benchmarks.accept_rule`.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from benchmarks.ground import durable_postgres
from tests.servers import postgres

if TYPE_CHECKING:
    from angarium.engine.ledger.public import Report

PAIRS = 9
OPERATIONS = 2000
CALLS = {1: 200, 100: 20}

STATEMENT = """
WITH given (id, epoch, seq, done, total, metadata, digest) AS (VALUES {values}),
heads AS (
    SELECT o.id, o.state, o.epoch, o.seq, o.worker FROM ledger_operation o
    WHERE o.id IN (SELECT id::uuid FROM given) ORDER BY o.id FOR NO KEY UPDATE
),
judged AS (
    SELECT g.*, h.worker, CASE
        WHEN t.digest IS NOT NULL THEN CASE WHEN t.digest = g.digest THEN 'repeat' ELSE 'other_body' END
        WHEN g.epoch < h.epoch THEN 'lease_lost'
        WHEN g.epoch > h.epoch THEN 'not_claimed'
        WHEN g.seq <= h.seq THEN 'late'
        WHEN h.state IN ('succeeded', 'failed', 'cancelled') THEN 'already_final'
        WHEN h.state <> 'running' THEN 'not_reportable'
        ELSE 'applied' END AS verdict
    FROM given g JOIN heads h ON h.id = g.id::uuid
    LEFT JOIN ledger_transition t ON t.operation_id = h.id AND t.epoch = g.epoch AND t.seq = g.seq
),
logged AS (
    INSERT INTO ledger_transition
        (operation_id, epoch, seq, state, stage, progress_done, progress_total, message, metadata, worker, verdict,
         digest, at)
    SELECT id::uuid, epoch, seq, '', '', done, total, '', metadata::jsonb, worker, verdict, digest, now()
    FROM judged WHERE verdict IN ('applied', 'late')
),
moved AS (
    UPDATE ledger_operation o SET seq = j.seq, progress_done = j.done, progress_total = j.total,
        metadata = o.metadata || j.metadata::jsonb, updated_at = now()
    FROM judged j WHERE o.id = j.id::uuid AND j.verdict = 'applied'
)
SELECT id, verdict FROM judged
"""


@contextmanager
def durable_database() -> Iterator[None]:
    """A private PostgreSQL that writes through to the disk, migrated; gone when the block ends."""
    with durable_postgres():
        os.environ["DATABASE_URL"] = postgres.server().url("angarium")
        os.environ["DJANGO_SETTINGS_MODULE"] = "angarium.config.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield


def by_function(reports: Sequence[Report]) -> list[str]:
    from angarium.engine.ledger.public import report_many

    return [str(answer.verdict) for answer in report_many(reports)]


def by_statement(reports: Sequence[Report]) -> list[str]:
    from django.db import connection, transaction

    values: list[Any] = []
    for one in reports:
        done, total = one.progress or (None, None)
        values += [str(one.operation), one.epoch, one.seq, done, total, json.dumps(one.metadata), one.digest()]
    places = ", ".join(["(%s, %s, %s, %s::float8, %s::float8, %s, %s)"] * len(reports))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(values=places), values)
        verdicts = {UUID(id): verdict for id, verdict in cursor.fetchall()}
    return [verdicts[one.operation] for one in reports]


class Cost(NamedTuple):
    """Seconds per call: on the wall, and of this process's processor (which a busy machine does not inflate)."""

    wall: float
    client: float


def cost_of_a_call(way: Callable[[Sequence[Report]], list[str]], size: int, operations: list[UUID]) -> Cost:
    from angarium.engine.ledger.public import Operation, Report

    heads = {id: (epoch, seq) for id, epoch, seq in Operation.objects.values_list("id", "epoch", "seq")}
    batches = []
    for _ in range(CALLS[size]):
        batch = []
        for id in random.sample(operations, size):
            epoch, seq = heads[id]
            heads[id] = epoch, seq + 1
            progress = (float(seq), 100.0)
            batch.append(Report(operation=id, epoch=epoch, seq=seq + 1, progress=progress, metadata={"at": seq}))
        batches.append(batch)
    began = Cost(time.perf_counter(), time.process_time())
    for batch in batches:
        if set(way(batch)) != {"applied"}:
            raise SystemExit("A report was not applied; the figures would mean nothing.")
    ended = Cost(time.perf_counter(), time.process_time())
    return Cost(*((end - begin) / len(batches) for begin, end in zip(began, ended, strict=True)))


def running_operations() -> list[UUID]:
    from angarium.engine.ledger.public import Kind, Work, claim, register, start_many

    register(Kind("benchmark.work", "benchmark"))
    ids = start_many([Work(kind="benchmark.work") for _ in range(OPERATIONS)])
    for id in ids:
        claim(id, worker="w", lease_seconds=3600)
    return ids


def line(size: int, what: str, ours: list[float], theirs: list[float]) -> str:
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return (
        f"{size:>5} | {what:6} | {median(ours) * 1000:8.2f} ms | {median(theirs) * 1000:8.2f} ms | "
        f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})\n"
    )


def main() -> None:
    with durable_database():
        operations = running_operations()
        sys.stdout.write(f"batch | time   | report_many | statement   | ratio, median of {PAIRS} pairs (spread)\n")
        for size in CALLS:
            pairs: list[dict[str, Cost]] = []
            for number in range(PAIRS + 1):
                ways = {"ours": by_function, "theirs": by_statement}
                order = list(ways) if number % 2 else list(ways)[::-1]
                pairs.append({name: cost_of_a_call(ways[name], size, operations) for name in order})
            for what in Cost._fields:  # the first pair warms up
                ours, theirs = ([getattr(pair[name], what) for pair in pairs[1:]] for name in ("ours", "theirs"))
                sys.stdout.write(line(size, what, ours, theirs))


if __name__ == "__main__":
    main()
