"""The building of one file, in a thread of its own, so that the task can look on and leave it at any moment.

The writer is compiled: while it packs the file, and while the database thinks, no Python runs that could be
interrupted. The thread is then left behind; it ends by itself and removes what it made.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections
from django.db.models import QuerySet
from django.utils import translation

from angarium.kernel.clock import now

from .column import Column
from .csv_file import write_csv
from .datasets import Dataset, Worked
from .errors import NotAsCounted, Stopped
from .models import Format
from .snapshot import Snapshot, snapshot
from .storage import discard, keep, workshop
from .xlsx import Table, write_xlsx

Source = QuerySet[Any] | Worked


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be built: which rows, which columns of them, and under which key."""

    dataset: Dataset
    source: Source
    columns: Sequence[Column]
    format: str
    language: str
    zone: ZoneInfo
    key: str


@dataclass(frozen=True, slots=True)
class Built:
    """What came of it: rows, as counted in the same snapshot, and the bytes in the storage."""

    rows: int
    size: int
    sha256: str
    snapshot_at: datetime


class Building:
    """`begin`, look at `written`, `total` and `stage` while `wait` says that it goes on, and take the `result`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.written, self.total, self.stage = 0, None, "counting"
        self._path = workshop() / plan.key
        self._stopped = self._ended = False
        self._snapshot: Snapshot | None = None
        self._built: Built | None = None
        self._error: BaseException | None = None
        self._done = threading.Event()

    total: int | None

    def begin(self) -> None:
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run,), name="export", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Has it ended, within so many seconds?"""
        return self._done.wait(seconds)

    def stop(self) -> None:
        """Have it end as soon as it can, and leave nothing."""
        self._stopped = True
        if (running := self._snapshot) is not None:
            running.interrupt()
        if self._done.is_set():
            discard(self.plan.key)

    def result(self) -> Built:
        """What was built. Raises what kept it from being built."""
        if self._error is not None:
            raise self._error
        assert self._built is not None
        return self._built

    def _run(self) -> None:
        try:
            with translation.override(self.plan.language):
                self._built = self._build()
        except BaseException as error:  # noqa: BLE001  it is raised again in the task's thread
            self._error = Stopped() if self._stopped else error
        finally:
            self._path.unlink(missing_ok=True)
            connections.close_all()
            self._done.set()
            if self._stopped and self._built is not None:
                discard(self.plan.key)

    def _build(self) -> Built:
        with snapshot(everywhere=True) as at:
            self._snapshot, moment = at, now()
            self._write(at)
            self._snapshot = None
        if self.written != self.total:
            raise NotAsCounted(f"{self.total} rows were counted and {self.written} written.")
        self.stage = "storing"
        size, sha256 = keep(self._path, self.plan.key, looked=self._look)
        if self._stopped:
            discard(self.plan.key)
            raise Stopped
        return Built(self.written, size, sha256, moment)

    def _write(self, at: Snapshot) -> None:
        plan = self.plan
        self.total = _count(at, plan.source, plan.columns)
        self._look()
        self.stage = "writing"
        table = Table(str(plan.dataset.title), plan.columns, plan.zone, self.total)
        write = write_xlsx if plan.format == Format.XLSX else write_csv
        write(self._path, table, self._counted(_read(at, plan)))

    def _counted(self, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for row in rows:
            if self._stopped:
                raise Stopped
            self.written += 1
            yield row
        self.stage = "packing"

    def _look(self) -> None:
        if self._stopped:
            raise Stopped


def _count(at: Snapshot, source: Source, columns: Sequence[Column]) -> int:
    if isinstance(source, Worked):
        return source.count(at)
    return at.count(source, *(column.lookup for column in columns))


def _read(at: Snapshot, plan: Plan) -> Iterator[Sequence[Any]]:
    if not isinstance(plan.source, Worked):
        return at.rows(plan.source, *(column.lookup for column in plan.columns))
    every = [column.name for column in plan.dataset.columns]
    places = [every.index(column.name) for column in plan.columns]
    rows = plan.source.rows(at)
    return rows if places == list(range(len(every))) else ([row[place] for place in places] for row in rows)
