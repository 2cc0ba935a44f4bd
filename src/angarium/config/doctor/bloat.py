"""Are old versions of rows cleared away as fast as they are made, and do the ledger's updates stay within a page?"""

from __future__ import annotations

from collections.abc import Iterator

from .check import Severity, check
from .database import TABLES, Database, is_postgres, rows

#: Dead rows above the living ones; between two rounds of autovacuum a busy table has as many.
DEAD = 50_000
#: Of so many updates so large a share must have stayed within the page.
ENOUGH_UPDATES, LEAST_HOT = 10_000, 0.9
DYING = """
SELECT relname, n_dead_tup, n_live_tup FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND n_dead_tup > n_live_tup + %s ORDER BY n_dead_tup DESC
"""
UPDATES = """
SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND relname = 'ledger_operation'
"""


@check(
    "ANG056",
    "A table is mostly dead rows",
    of=TABLES,
    severity=Severity.WARNING,
    why="Old versions of rows are made faster than they are cleared away: every look at the table reads them too. "
    "Autovacuum is off or too slow for this table, or a transaction holds it back.",
    remedy="VACUUM the table; then look for ANG050, ANG054 and ANG055, and lower autovacuum_vacuum_scale_factor for "
    "it.",
)
def dead_rows(database: Database) -> Iterator[str]:
    if is_postgres():
        for table, dead, live in rows(database, DYING, DEAD):
            yield f"The table {table} has {dead} dead rows beside {live} living ones."


@check(
    "ANG057",
    "The ledger's updates touch its indexes",
    of=TABLES,
    severity=Severity.WARNING,
    why="Updates of ledger_operation are meant to stay within their page (HOT): no index has a column that changes, "
    "and fillfactor 70 leaves room. Each one that does not writes to all indexes, several times the work and the log.",
    remedy="Drop indexes that were added on columns that change (state, stage, epoch, updated_at, …), and set the "
    "fillfactor back: ALTER TABLE ledger_operation SET (fillfactor = 70), then VACUUM FULL when nobody works.",
)
def heap_only(database: Database) -> Iterator[str]:
    for updates, hot in rows(database, UPDATES) if is_postgres() else ():
        if updates >= ENOUGH_UPDATES and hot < LEAST_HOT * updates:
            yield f"Of {updates} updates of ledger_operation {hot / updates:.0%} stayed within their page."
