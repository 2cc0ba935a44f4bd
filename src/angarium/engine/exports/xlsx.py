"""A workbook, written by a compiled writer as the rows come: memory does not depend on how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import rustpy_xlsxwriter

from .column import Column, headings_of
from .columnwise import converted
from .scratch import rows_kept_in

#: Rows of a sheet below its headings; there is no room for more.
SHEET_ROWS = 1_048_575
_FORMATS = {"date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss", "integer": "0"}
_WIDTHS = {"text": 28.0, "integer": 12.0, "decimal": 14.0, "date": 12.0, "moment": 20.0, "boolean": 10.0}
_no_name = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Table:
    """What is written: its title, its columns, the zone of its moments, and how many rows there will be."""

    title: str
    columns: Sequence[Column]
    zone: ZoneInfo
    total: int


def write_xlsx(path: Path, table: Table, rows: Iterator[Sequence[Any]], *, sheet_rows: int = SHEET_ROWS) -> None:
    """Write the rows, into more sheets when there are more than fit into one; without any there are the headings."""
    headings = headings_of(table.columns, table.zone.key)
    records = _records(table, headings, rows)
    names = sheet_names(table.title, max(1, -(-table.total // sheet_rows)))
    empty = [dict.fromkeys(headings)]
    bold = rustpy_xlsxwriter.Format().set_bold()
    sheets: list[tuple[str, Any]] = [(name, islice(records, sheet_rows) if table.total else empty) for name in names]
    with rows_kept_in(path.parent):
        rustpy_xlsxwriter.write_worksheets(
            sheets,
            str(path),
            header_format={"general": bold},
            freeze_panes={"general": {"row": 1, "col": 0}},
            column_formats={"general": _formats(table, headings)},
            column_widths={"general": [_WIDTHS[column.kind] for column in table.columns]},
        )


def sheet_names(title: str, number: int) -> list[str]:
    """`Requests`, or `Requests 1`, `Requests 2`: as Excel lets a sheet be called, 31 characters at most."""
    plain = _no_name.sub(" ", title).strip(" '") or "Export"
    if number == 1:
        return [plain[:31].strip(" '")]
    return [f"{plain[: 30 - len(str(number))].strip()} {one}" for one in range(1, number + 1)]


def _records(table: Table, headings: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    for row in converted(table.columns, table.zone, rows):
        yield dict(zip(headings, row, strict=True))


def _formats(table: Table, headings: Sequence[str]) -> dict[str, Any]:
    found = {}
    for heading, column in zip(headings, table.columns, strict=True):
        shown = f"0.{'0' * column.digits}" if column.kind == "decimal" and column.digits else _FORMATS.get(column.kind)
        if shown:
            found[heading] = rustpy_xlsxwriter.Format().set_num_format(shown)
    return found
