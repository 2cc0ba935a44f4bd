"""The spool: every report is written here before the call that made it returns, and stays until it was answered.

Order: rows are sent in the order of their ids, so reports of one operation are never sent out of it. A row that was
handed out once (`take`) never changes again, since the server may have it already; a row of progress that was not is
merged with the progress that follows it. In a full spool the oldest progress makes room; a state never does.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from .errors import Closed, SpoolFull
from .merging import fit, merged, within
from .owner import Place, free_place
from .shapes import ENDS, Report
from .table import INSERT, Inserted, Weight, durably, opened

#: How many rows of progress make room at once.
ROOM = 100
_encode = msgspec.json.Encoder().encode

#: An operation and an epoch.
Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class _Open:
    """The newest row of a claim, while it is progress and may still be merged."""

    id: int
    report: Report
    size: int


class Spool:
    """Rows in the file at `path`, or in memory when it is None. For all threads of one process; a forked one begins
    another. Raises SpoolBroken when the file cannot be opened, Closed after `close`."""

    def __init__(self, path: Path | None, *, most: int, most_bytes: int) -> None:
        self.path, self._most, self._most_bytes = path, most, most_bytes
        self._begin()
        self._table()

    def _begin(self) -> None:
        self.lock = threading.RLock()
        self.place: Place | None = None
        self.waiting = self.bytes = self.dropped = 0
        self._closed = False
        self._rows: sqlite3.Connection | None = None
        self._merging: dict[Key, _Open] = {}
        self._frozen = 0

    def after_fork(self) -> object:
        """Forget the parent's rows; returns what must be kept from being closed here."""
        kept, closed = self._rows, self._closed
        if self.place is not None and not closed:
            self.place.release()
        self._begin()
        self._closed = closed
        return kept

    def put(self, report: Report, *, mergeable: bool, lease_seconds: int) -> None:
        """Write a report down. SpoolFull when a state finds no room; progress that finds none is dropped."""
        weight = Weight.PROGRESS if mergeable else Weight.END if report.state in ENDS else Weight.STATE
        with self.lock:
            try:
                self._put(report, weight, lease_seconds)
            except sqlite3.Error as error:
                self._lack(weight, f"The spool cannot be written: {error}.", error)

    def take(self, most: int, most_bytes: int) -> list[tuple[int, bytes]]:
        """Id and body of the oldest rows, as many as may be sent together; they do not change any more."""
        with self.lock:
            found = self._table().execute("SELECT id, body FROM reports ORDER BY id LIMIT ?", [most])
            rows = list(within(most_bytes, found))
            if rows:
                self._frozen = max(self._frozen, rows[-1][0])
                self._merging = {key: one for key, one in self._merging.items() if one.id > self._frozen}
            return rows

    def settle(self, ids: Collection[int]) -> None:
        """These were answered."""
        with self.lock:
            durably(self._table(), False)
            self._delete(ids)

    def newest(self) -> int:
        """The highest id of what waits, 0 when nothing does."""
        return self._one("SELECT coalesce(max(id), 0) FROM reports")

    def waits(self, newest: int) -> bool:
        """Does anything wait up to this id?"""
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM reports WHERE id <= ?)", newest))

    def endings(self) -> dict[Key, int]:
        """The claims whose end was not answered yet, with the seconds of their leases."""
        query = f"SELECT operation, epoch, lease_seconds FROM reports WHERE weight = {Weight.END:d}"  # noqa: S608
        with self.lock:
            return {(UUID(operation), epoch): lease for operation, epoch, lease in self._table().execute(query)}

    def inherit(self, rows: Sequence[Inserted]) -> None:
        """Take over rows of another spool, all or none, in their order and whatever room there is."""
        with self.lock:
            table = self._table()
            durably(table, True)
            table.execute("BEGIN IMMEDIATE")
            try:
                table.executemany(INSERT, rows)
                table.execute("COMMIT")
            except BaseException:
                table.execute("ROLLBACK")
                raise
            self._count(len(rows), sum(len(row[-1]) for row in rows))

    def close(self) -> None:
        """Let go of the file; whoever opens it next sends what is left."""
        with self.lock:
            if self._rows is not None:
                self._rows.close()
            if self.place is not None and not self._closed:
                self.place.release()
            self._rows, self._closed = None, True

    def _table(self) -> sqlite3.Connection:
        if self._closed:
            raise Closed
        if self._rows is None:
            self.place = None if self.path is None else free_place(self.path)
            self._rows = opened(None if self.place is None else self.place.path)
            found = self._rows.execute("SELECT count(*), coalesce(sum(length(body)), 0) FROM reports").fetchone()
            self.waiting, self.bytes = int(found[0]), int(found[1])
        return self._rows

    def _put(self, report: Report, weight: Weight, lease_seconds: int) -> None:
        table, key = self._table(), (report.operation, report.epoch)
        durably(table, weight != Weight.PROGRESS)
        before = self._merging.pop(key, None)
        if before is not None and weight == Weight.PROGRESS and fit(before.report, report):
            self._merge(key, before, merged(before.report, report))
            return
        body = _encode(report)
        if not self._make_room(len(body)):
            self._lack(weight, f"{self.waiting} reports of {self.bytes} bytes wait already.")
            return
        row = (str(report.operation), report.epoch, weight, lease_seconds, body)
        id = table.execute(INSERT, row).lastrowid or 0
        self._count(1, len(body))
        if weight == Weight.PROGRESS:
            self._merging[key] = _Open(id, report, len(body))

    def _merge(self, key: Key, before: _Open, report: Report) -> None:
        body = _encode(report)
        self._table().execute("UPDATE reports SET body = ? WHERE id = ?", [body, before.id])
        self._count(0, len(body) - before.size)
        self._merging[key] = _Open(before.id, report, len(body))

    def _lack(self, weight: Weight, text: str, because: Exception | None = None) -> None:
        if weight != Weight.PROGRESS:
            raise SpoolFull(f"{text} Nothing was written down.") from because
        self.dropped += 1

    def _make_room(self, size: int) -> bool:
        while self.waiting >= self._most or self.bytes + size > self._most_bytes:
            query = f"SELECT id FROM reports WHERE weight = {Weight.PROGRESS:d} AND id > ? ORDER BY id LIMIT {ROOM}"  # noqa: S608
            ids = [id for (id,) in self._table().execute(query, [self._frozen])]
            if not ids:
                return False
            self._delete(ids)
            self._merging = {key: one for key, one in self._merging.items() if one.id > ids[-1]}
            self.dropped += len(ids)
        return True

    def _delete(self, ids: Collection[int]) -> None:
        marks = ",".join("?" * len(ids))
        gone = self._table().execute(f"DELETE FROM reports WHERE id IN ({marks}) RETURNING length(body)", list(ids))  # noqa: S608
        sizes = [int(size) for (size,) in gone.fetchall()]
        self._count(-len(sizes), -sum(sizes))

    def _count(self, rows: int, size: int) -> None:
        self.waiting += rows
        self.bytes += size

    def _one(self, query: str, *values: int) -> int:
        with self.lock:
            return int(self._table().execute(query, values).fetchone()[0])
