"""PostgreSQL itself: does it keep what it said it keeps, does it tidy up, and what time is it there?"""

from __future__ import annotations

from collections.abc import Iterator

from angarium.kernel import clock

from .check import Severity, check
from .database import POSTGRES, Database, rows, setting

#: Seconds between two clocks that nobody need mind.
TOLERANCE = 2.0
UNTENDED = """
SELECT relname FROM pg_class, unnest(reloptions) AS told
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
AND split_part(told, '=', 1) = 'autovacuum_enabled' AND NOT split_part(told, '=', 2)::boolean
ORDER BY relname
"""


@check(
    "ANG050",
    "Autovacuum is off",
    of=POSTGRES,
    severity=Severity.ERROR,
    why="Each update leaves an old version of its row behind. Nobody clears it away, so tables and indexes grow "
    "without end, everything becomes slow, and after two thousand million transactions PostgreSQL stops taking "
    "writes.",
    remedy="Set autovacuum = on and track_counts = on; for a table ALTER TABLE … RESET (autovacuum_enabled).",
)
def autovacuum(database: Database) -> Iterator[str]:
    for name in ("autovacuum", "track_counts"):
        if setting(database, name) == "off":
            yield f"{name} is off for the whole server."
    for (table,) in rows(database, UNTENDED):
        yield f"autovacuum is off for the table {table}."


@check(
    "ANG051",
    "PostgreSQL can lose everything with the power",
    of=POSTGRES,
    severity=Severity.ERROR,
    why="With fsync off a crash of the machine can leave the database broken beyond repair; with full_page_writes off "
    "a page that was half written stays so.",
    remedy="Set fsync = on and full_page_writes = on.",
)
def durable(database: Database) -> Iterator[str]:
    for name in ("fsync", "full_page_writes"):
        if setting(database, name) == "off":
            yield f"{name} is off."


@check(
    "ANG052",
    "PostgreSQL says that it has what it has not yet written",
    of=POSTGRES,
    severity=Severity.ERROR,
    why="What was answered with 201 in the last moments before a crash is then gone, and nobody knows of it: the "
    "promise of this product ends there.",
    remedy="Set synchronous_commit = on for the server, and take it back where it was set for the role or the "
    "database (ALTER ROLE … RESET synchronous_commit).",
)
def synchronous(database: Database) -> Iterator[str]:
    if setting(database, "synchronous_commit") == "off":
        yield "synchronous_commit is off for our sessions."


@check(
    "ANG053",
    "The clocks of this machine and of the database disagree",
    of=POSTGRES,
    severity=Severity.WARNING,
    why="Clocks decide nothing about order here, but they say when something is due and when a lease is over: work "
    "comes early or late, and is taken from workers that are well.",
    remedy="Have both machines set their clocks by NTP (timedatectl set-ntp true).",
)
def skew(database: Database) -> Iterator[str]:
    before = clock.now()
    ((theirs,),) = rows(database, "SELECT clock_timestamp()")
    after = clock.now()
    if (seconds := (theirs - after).total_seconds()) > TOLERANCE:
        yield f"The database's clock is {seconds:.0f} s ahead of this machine's."
    elif (seconds := (before - theirs).total_seconds()) > TOLERANCE:
        yield f"The database's clock is {seconds:.0f} s behind this machine's."
