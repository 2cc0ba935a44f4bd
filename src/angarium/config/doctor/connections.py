"""How many connections to PostgreSQL the processes that are there may open, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterator

from angarium.engine.tasks.public import Process, processes

from .check import Severity, check
from .database import TABLES, Database, is_postgres, rows

Role = Process.Role
#: Besides its pool: whoever takes messages, relay, listener, presence, keeper; the threads that answer requests.
OWN = {Role.WORKER: 4, Role.RELAY: 3, Role.BEAT: 2, Role.EMBEDDED: 26, Role.WEB: 5, Role.LIVE: 22}
#: A process of a pool has one for its task and one to renew its lease.
EACH = 2
LIMITS = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
     - coalesce(current_setting('reserved_connections', true), '0')::int,
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
       (SELECT datconnlimit FROM pg_database WHERE datname = current_database())
"""


@check(
    "ANG058",
    "PostgreSQL lets in fewer connections than the processes may open",
    of=TABLES,
    severity=Severity.WARNING,
    why="Under load every thread has a connection of its own. Whoever comes last is refused: requests are answered "
    "with 503, and leases are not renewed.",
    remedy="Raise max_connections (and the limit of the role or database), or run fewer processes (WEB_WORKERS, -c).",
)
def too_few(database: Database) -> Iterator[str]:
    if not is_postgres():
        return
    there = [one for one in processes() if not one.silent]
    wanted, allowed = sum(map(may_open, there)), _allowed(database)
    if wanted > allowed:
        yield f"{len(there)} processes may open {wanted} connections, and PostgreSQL lets in {allowed}."


def may_open(process: Process) -> int:
    return OWN.get(Role(process.role), 5) + EACH * process.concurrency


def _allowed(database: Database) -> int:
    """-1 means without a limit, for a role and for a database."""
    (limits,) = rows(database, LIMITS)
    return int(min(limit for limit in limits if limit is not None and limit >= 0))
