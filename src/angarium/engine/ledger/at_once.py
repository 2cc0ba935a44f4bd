"""Reports on PostgreSQL: one statement that locks the heads, and one that writes lines and heads together.

The second goes to each head by its place (`ctid`), which cannot change under the lock: as long as some transaction
holds back the removal of old row versions, an index leads to all that a head ever had.

What is written goes as JSON: the server takes it apart faster than a driver puts arrays together, and a group of one
costs no more than it must. Both statements are constant, so that a connection prepares them once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    import psycopg

LOCK = """
    SELECT id, kind, state, epoch, seq, claims, worker, parent, progress_done, ctid FROM ledger_operation
    WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
WRITE = """
    WITH lines AS (
        INSERT INTO ledger_transition (
            operation_id, epoch, seq, state, stage, progress_done, progress_total, progress_unit, message, metadata,
            output, error, worker, verdict, digest, event_id, at
        )
        SELECT operation, epoch, seq, COALESCE(state, ''), COALESCE(stage, ''), progress_done, progress_total,
            COALESCE(progress_unit, ''), COALESCE(message, ''), metadata, output, error, COALESCE(worker, ''), verdict,
            digest, event_id, %(at)s
        FROM json_to_recordset(%(lines)s::json) AS line (
            operation uuid, epoch int, seq bigint, state text, stage text, progress_done float8, progress_total float8,
            progress_unit text, message text, metadata jsonb, output jsonb, error jsonb, worker text, verdict text,
            digest text, event_id uuid
        )
    )
    UPDATE ledger_operation head SET
        seq = told.seq, updated_at = %(at)s,
        state = COALESCE(told.state, head.state), stage = COALESCE(told.stage, head.stage),
        message = COALESCE(told.message, head.message), claims = COALESCE(told.claims, head.claims),
        progress_done = COALESCE(told.progress_done, head.progress_done),
        progress_total = CASE WHEN told.progress_done IS NULL THEN head.progress_total ELSE told.progress_total END,
        progress_unit = COALESCE(told.progress_unit, head.progress_unit),
        metadata = CASE WHEN told.metadata IS NULL THEN head.metadata ELSE head.metadata || told.metadata END,
        output = COALESCE(told.output, head.output),
        error = CASE WHEN told.state = 'succeeded' THEN NULL ELSE COALESCE(told.error, head.error) END,
        finished_at = CASE WHEN told.state IN ('succeeded', 'failed', 'cancelled') THEN %(at)s::timestamptz END
    FROM json_to_recordset(%(heads)s::json) AS told (
        id uuid, place tid, seq bigint, state text, stage text, message text, claims int, progress_done float8,
        progress_total float8, progress_unit text, metadata jsonb, output jsonb, error jsonb
    )
    WHERE head.ctid = told.place AND head.id = told.id
"""


@contextmanager
def in_few_steps() -> Iterator[None]:
    """Statements go to the server together until an answer is needed: each way there and back costs as much as several
    reports. BEGIN goes with the first."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def lock(ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """These heads, locked in the order of their ids."""
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(LOCK, (list(ids),), prepare=settings.PREPARED_STATEMENTS)
        return cursor.fetchall()


def write(heads: Iterable[Mapping[str, Any]], lines: Iterable[Mapping[str, Any]], moment: datetime) -> None:
    """Write these lines, and what was told of heads; what is not in a mapping was not told."""
    given = {"heads": _json(heads), "lines": _json(lines), "at": moment}
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(WRITE, given, prepare=settings.PREPARED_STATEMENTS)


def _json(rows: Iterable[Mapping[str, Any]]) -> str:
    return msgspec.json.encode(list(rows)).decode()


def _cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """One that binds on the server, within the transaction of Django's connection."""
    import psycopg  # is loaded where there is PostgreSQL

    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)
