"""Transactions of others that stay open: what they hold locked, and what cannot be cleared away because of them.

An account sees its own sessions whole, those of others only with pg_read_all_stats.
"""

from __future__ import annotations

from collections.abc import Iterator

from .check import Severity, check
from .database import POSTGRES, Database, rows

#: Seconds.
IDLE, OPEN = 60, 900
#: Transactions that a slot of a replica may be behind.
BEHIND = 1_000_000
SLEEPING = """
SELECT pid, coalesce(nullif(application_name, ''), usename, '?'), extract(epoch FROM clock_timestamp() - state_change)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND state LIKE 'idle in transaction%%' AND clock_timestamp() - state_change > make_interval(secs => %s)
ORDER BY state_change
"""
HOLDING = """
SELECT 'the session ' || pid, extract(epoch FROM clock_timestamp() - xact_start) AS seconds
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
AND backend_type = 'client backend' AND clock_timestamp() - xact_start > make_interval(secs => %s)
UNION ALL
SELECT 'the prepared transaction ' || gid, extract(epoch FROM clock_timestamp() - prepared)
FROM pg_prepared_xacts WHERE database = current_database() AND clock_timestamp() - prepared > make_interval(secs => %s)
ORDER BY seconds DESC
"""
SLOTS = """
SELECT slot_name, greatest(age(xmin), age(catalog_xmin)) AS behind FROM pg_replication_slots
WHERE greatest(age(xmin), age(catalog_xmin)) > %s ORDER BY behind DESC
"""


@check(
    "ANG054",
    "A session sleeps in an open transaction",
    of=POSTGRES,
    severity=Severity.WARNING,
    why="It keeps its locks, so others may wait for it, and nothing that was changed since it began can be cleared "
    "away. Mostly it is a shell that somebody left, or a program that talks to the network within a transaction.",
    remedy="End it (SELECT pg_terminate_backend(PID)), and set idle_in_transaction_session_timeout for whoever does "
    "so.",
)
def idle(database: Database) -> Iterator[str]:
    for pid, who, seconds in rows(database, SLEEPING, IDLE):
        yield f"The session {pid} ({who}) has been idle in a transaction for {seconds:.0f} s."


@check(
    "ANG055",
    "Old versions of rows cannot be cleared away",
    of=POSTGRES,
    severity=Severity.WARNING,
    why="Vacuum keeps every version that the oldest transaction could still see (the xmin horizon). The ledger's rows "
    "change often: their tables grow for as long as it stays open.",
    remedy="End the session, ROLLBACK PREPARED the transaction, or drop the slot (pg_drop_replication_slot) if its "
    "replica is gone.",
)
def horizon(database: Database) -> Iterator[str]:
    for what, seconds in rows(database, HOLDING, OPEN, OPEN):
        yield f"Nothing changed in the last {seconds:.0f} s can be cleared away, because of {what}."
    for slot, behind in rows(database, SLOTS, BEHIND):
        yield f"The replication slot {slot} is {behind} transactions behind and holds back what can be cleared away."
