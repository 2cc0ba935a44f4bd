"""Operations written straight into the ledger's tables, as many as a workload needs, in the shape that accepting,
claiming and reporting would have left them in."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

#: The id of number `n`, as `sides/wanted` has it.
ID = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
KIND = "bench.report"
#: How many at a time, so that no statement runs for minutes.
STEP = 1_000_000
_ENDED = "('succeeded', 'failed', 'cancelled')"
_NUMBERS = "(SELECT n, {kind} AS kind, {state} AS state FROM generate_series({first}::bigint, {last} - 1) n) numbers"
_STATEMENTS = (
    "INSERT INTO ledger_operation (id, kind, state, stage, message, epoch, seq, claims, max_claims, worker, input, "
    "metadata, created_at, started_at, updated_at, finished_at) "
    f"SELECT {ID}, kind, state, '', '', least(1, {{lines}} - 1), greatest(0, {{lines}} - 2), least(1, {{lines}} - 1), "
    "5, 'bench', jsonb_build_object('name', 'number ' || n, 'processing_time', 1), jsonb_build_object(), now(), "
    f"CASE WHEN {{lines}} > 1 THEN now() END, now(), CASE WHEN state IN {_ENDED} THEN now() END "
    f"FROM {_NUMBERS}",
    "INSERT INTO ledger_transition (operation_id, epoch, seq, state, stage, message, worker, verdict, digest, at) "
    f"SELECT {ID}, least(1, line), greatest(0, line - 1), CASE line WHEN 0 THEN 'queued' WHEN {{lines}} - 1 THEN state "
    "ELSE 'running' END, '', '', 'bench', 'applied', repeat('0', 64), now() "
    f"FROM {_NUMBERS}, generate_series(0, {{lines}} - 1) line",
    "INSERT INTO ledger_due (operation_id, kind, queue, order_key, ordinal, due_at, since, claimed, epoch, publishes) "
    f"SELECT {ID}, kind, '', '', 0, now() + interval '7 days', now(), state = 'running', 1, 0 "
    f"FROM {_NUMBERS} WHERE state NOT IN {_ENDED}",
    "INSERT INTO ledger_deadletter (operation_id, kind, reason, at) "
    f"SELECT {ID}, kind, 'no reason', now() FROM {_NUMBERS} WHERE state = 'failed'",
    "INSERT INTO ledger_count (kind, state, value) "
    f"SELECT kind, state, count(*) FROM {_NUMBERS} GROUP BY kind, state ON CONFLICT (kind, state) DO UPDATE "
    "SET value = ledger_count.value + excluded.value",
)
_WITHOUT_HISTORY = tuple(one for one in _STATEMENTS if "ledger_transition" not in one)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Operations with the numbers from `first` up to `last`; `kind` and `state` in SQL of the number `n`. Of each there
    are so many lines of history: accepted, claimed, and the rest
    reports; without `history` they are not written."""

    first: int
    last: int
    kind: str = f"'{KIND}'"
    state: str = "'running'"
    lines: int = 2
    history: bool = True


def write(url: str, rows: Rows) -> None:
    """Write these, and leave the tables as a database at rest has them: vacuumed, analysed and on the disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        for first in range(rows.first, rows.last, STEP):
            terms = {**vars(rows), "first": first, "last": min(first + STEP, rows.last)}
            with connection.transaction():
                for statement in _STATEMENTS if rows.history else _WITHOUT_HISTORY:
                    connection.execute(statement.format(**terms))  # type: ignore[call-overload]
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
