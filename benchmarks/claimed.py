"""Operations written straight into the ledger's tables, as many as a workload needs, in the shape that accepting,
claiming and reporting would have left them in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg

#: The id of number `n`, as `sides/wanted` has it.
ID = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
ENDED = "('succeeded', 'failed', 'cancelled')"
NUMBERS = "(SELECT n, {kind} AS kind, {state} AS state FROM generate_series({first}::bigint, {last} - 1) n) numbers"
STATEMENTS = Path(__file__).with_suffix(".sql")
#: How many at a time, so that no statement runs for minutes.
STEP = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Operations with the numbers from `first` up to `last`; `kind` and `state` in SQL of the number `n`. Each has so
    many lines of history, which without `history` are not written."""

    first: int
    last: int
    kind: str = "'bench.report'"
    state: str = "'running'"
    lines: int = 2
    history: bool = True


def write(url: str, rows: Rows) -> None:
    """Write these, and leave the tables as a database at rest has them: vacuumed, analysed and on the disk."""
    statements = STATEMENTS.read_text().split(";")[:-1]
    with psycopg.connect(url, autocommit=True) as connection:
        for first in range(rows.first, rows.last, STEP):
            terms = {**vars(rows), "first": first, "last": min(first + STEP, rows.last)}
            terms |= {"id": ID, "ended": ENDED, "numbers": NUMBERS.format(**terms)}
            with connection.transaction():
                for statement in statements:
                    connection.execute(statement.format(**terms))
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
