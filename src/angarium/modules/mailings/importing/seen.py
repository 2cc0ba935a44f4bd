"""In which row of a file each number stood first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager


class Seen:
    """A table in a file of its own that has no name and ends with it: a million numbers would be large in memory. Who
    reads the file again fills it again."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows

    def first(self, numbers: Sequence[tuple[str, int]]) -> dict[str, int]:
        """{phone: the row in which it stood first} of these pairs, in the order of their rows."""
        pairs = [(int(phone), row) for phone, row in numbers]
        self._rows.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", pairs)
        marks = ", ".join("?" * len(pairs))
        statement = f"SELECT phone, row FROM seen WHERE phone IN ({marks})"  # noqa: S608  marks alone
        return {str(phone): row for phone, row in self._rows.execute(statement, [phone for phone, _row in pairs])}


@contextmanager
def seen() -> Iterator[Seen]:
    with closing(sqlite3.connect("", isolation_level=None)) as rows:
        rows.execute("PRAGMA synchronous = OFF")
        rows.execute("PRAGMA journal_mode = OFF")
        rows.execute("PRAGMA cache_size = -8000")  # KiB
        rows.execute("CREATE TABLE seen (phone INTEGER PRIMARY KEY, row INTEGER NOT NULL)")
        rows.execute("BEGIN")
        yield Seen(rows)
