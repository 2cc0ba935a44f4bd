"""A file of comma-separated values: UTF-8 with a mark, by which Excel knows it, and lines as RFC 4180 ends them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .cells import csv_cell, unformulated
from .column import headings_of
from .xlsx import Table


def write_csv(path: Path, table: Table, rows: Iterator[Sequence[Any]]) -> None:
    """Write the headings and the rows."""
    cells = [csv_cell(column, table.zone) for column in table.columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([unformulated(heading) for heading in headings_of(table.columns, table.zone.key)])
        for row in rows:
            writer.writerow([cell(value) for cell, value in zip(cells, row, strict=True)])
