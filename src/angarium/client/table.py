"""The spool's table in SQLite: how it is opened, what stands in it."""

from __future__ import annotations

import sqlite3
from enum import IntEnum
from pathlib import Path

from .errors import SpoolBroken

#: `id` is the order of writing and is never used again. `body` is the report as it is sent, byte for byte.
SCHEMA = """
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    lease_seconds INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS reports_weight ON reports (weight, id);
"""
INSERT = "INSERT INTO reports (operation, epoch, weight, lease_seconds, body) VALUES (?, ?, ?, ?, ?)"
#: The values of a row, without its id.
Inserted = tuple[str, int, int, int, bytes]
#: Bytes to which the journal is cut back, and milliseconds for which another process may hold the file.
JOURNAL, PATIENCE = 4 * 1024 * 1024, 5000


class Weight(IntEnum):
    """What it costs to lose a report: nothing, a fact, the end of the work."""

    PROGRESS = 0
    STATE = 1
    END = 2


def opened(path: Path | None) -> sqlite3.Connection:
    """A connection for all threads, in autocommit; None is a table in memory. SpoolBroken says why there is none."""
    try:
        connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL}")
        connection.executescript(SCHEMA)
    except sqlite3.Error as error:
        raise SpoolBroken(f"The spool {path} cannot be opened: {error}. Move it away to begin a new one.") from error
    return connection


def durably(connection: sqlite3.Connection, full: bool) -> None:
    """Shall the next writes survive a power cut (`full`), or only the end of this process?"""
    connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
