"""What a cell holds: text stays text, numbers and dates are what they are, and what does not fit is text."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from angarium.engine.exports.column import Column, headings_of
from angarium.engine.exports.columnwise import converted
from angarium.engine.exports.csv_file import write_csv
from angarium.engine.exports.xlsx import Table, sheet_names, write_xlsx

MOSCOW = ZoneInfo("Europe/Moscow")
COLUMNS = [
    Column("text", "Text"),
    Column("number", "Number", "integer"),
    Column("days", "Days", "decimal"),
    Column("on", "On", "date"),
    Column("at", "At", "moment"),
    Column("is", "Is", "boolean"),
]
NIGHT = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
ROW = ("Анна", 7, Decimal("2.33"), date(2027, 1, 1), NIGHT, True)
FORMULAS = ["=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]


def workbook(path: Path, rows: list[Any], columns: list[Column] = COLUMNS, **options: int) -> dict[str, list[Any]]:
    """Sheet by sheet what was written, read by another library."""
    write_xlsx(path, Table("Rows", columns, MOSCOW, len(rows)), iter(rows), **options)
    book = CalamineWorkbook.from_path(str(path))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return {name: [[_read(cell) for cell in row] for row in sheet] for name, sheet in sheets.items()}


def _read(cell: Any) -> Any:
    """As a workbook means it: what XML has no place for is written as _xHHHH_ (ECMA-376, 22.4.2.4)."""
    return cell.replace("_x000D_", "\r") if isinstance(cell, str) else cell


def lines(path: Path, rows: list[Any], columns: list[Column] = COLUMNS) -> list[list[str]]:
    write_csv(path, Table("Rows", columns, MOSCOW, len(rows)), iter(rows))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_values_keep_their_types_and_moments_are_on_the_asker_s_clock(tmp_path: Path) -> None:
    headings, row = workbook(tmp_path / "a.xlsx", [ROW])["Rows"]
    assert headings == ["Text", "Number", "Days", "On", "At (Europe/Moscow)", "Is"]
    assert row == ["Анна", 7.0, 2.33, date(2027, 1, 1), datetime(2027, 1, 1, 0, 30), True]  # noqa: DTZ001
    assert lines(tmp_path / "a.csv", [ROW])[1] == [
        "Анна",
        "7",
        "2.33",
        "2027-01-01",
        "2027-01-01T00:30:00+03:00",
        "true",
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_hr_06_what_looks_like_a_formula_stays_text(tmp_path: Path, text: str) -> None:
    column = [Column("text", "=1+1")]
    headings, row = workbook(tmp_path / "a.xlsx", [(text,)], column)["Rows"]
    assert (headings, row) == (["=1+1"], [text])
    assert lines(tmp_path / "a.csv", [(text,)], column) == [["'=1+1"], [f"'{text}"]]


def test_hr_06_nothing_found_is_a_file_with_headings(tmp_path: Path) -> None:
    assert [sheet[0][:2] for sheet in workbook(tmp_path / "a.xlsx", []).values()] == [["Text", "Number"]]
    assert len(workbook(tmp_path / "a.xlsx", [])["Rows"]) == 1
    assert len(lines(tmp_path / "a.csv", [])) == 1


def test_hr_06_more_rows_than_a_sheet_takes_become_more_sheets(tmp_path: Path) -> None:
    rows = [(str(n), n, None, None, None, None) for n in range(25)]
    sheets = workbook(tmp_path / "a.xlsx", rows, sheet_rows=10)
    assert [(name, len(sheet) - 1) for name, sheet in sheets.items()] == [("Rows 1", 10), ("Rows 2", 10), ("Rows 3", 5)]
    assert [row[0] for sheet in sheets.values() for row in sheet[1:]] == [str(n) for n in range(25)]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("integer", 10**15, "1000000000000000"),
        ("integer", None, ""),
        ("decimal", Decimal("1234567890123456.78"), "1234567890123456.78"),
        ("decimal", Decimal("NaN"), "NaN"),
        ("decimal", Decimal("-0.5"), -0.5),
        ("date", date(1812, 9, 7), "1812-09-07"),
        ("moment", datetime(1812, 9, 7, tzinfo=UTC), "1812-09-07T02:30:17+02:30:17"),
        ("text", "x" * 40_000, "x" * 32_766 + "…"),
        ("text", "🦄" * 20_000, "🦄" * 16_383 + "…"),
        ("text", "half \ud800", "half ?"),
        ("text", 7, "7"),
        ("boolean", None, ""),
    ],
)
def test_what_excel_cannot_hold_is_text(tmp_path: Path, kind: Any, value: Any, shown: Any) -> None:
    found = workbook(tmp_path / "a.xlsx", [(value, "end")], [Column("a", "A", kind), Column("b", "B")])["Rows"]
    assert found[1] == [shown, "end"]


def test_sheets_are_called_as_excel_lets_them_be() -> None:
    assert sheet_names("Work: [all] of 2026/27?", 1) == ["Work   all  of 2026 27"]
    assert sheet_names("A" * 40, 2) == ["A" * 29 + " 1", "A" * 29 + " 2"]
    assert sheet_names("''", 1) == ["Export"]


def test_headings_that_are_alike_are_told_apart() -> None:
    assert headings_of([Column("a", "Name"), Column("b", "Name"), Column("c", "Name")], "UTC") == [
        "Name",
        "Name [2]",
        "Name [3]",
    ]


@pytest.mark.parametrize(
    ("kind", "odd", "shown"),
    [
        ("text", UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ("text", "half \ud800", "half ?"),
        ("text", "x" * 40_000, "x" * 32_766 + "…"),
        ("integer", 10**16, "10000000000000000"),
        ("moment", datetime(1812, 9, 7, tzinfo=UTC), "1812-09-07T00:00:00+00:00"),
        ("moment", NIGHT.astimezone(MOSCOW), datetime(2026, 12, 31, 21, 30)),  # noqa: DTZ001
    ],
)
def test_one_odd_value_among_many_changes_neither_itself_nor_the_others(kind: Any, odd: Any, shown: Any) -> None:
    usual: dict[str, Any] = {"text": "да", "integer": 7, "moment": NIGHT}
    column, rows = [Column("a", "A", kind)], [(usual[kind],)] * 300 + [(odd,), (None,), (usual[kind],)]
    found = [value for (value,) in converted(column, ZoneInfo("UTC"), iter(rows))]
    plain = NIGHT.replace(tzinfo=None) if kind == "moment" else usual[kind]
    assert found == [plain] * 300 + [shown, None, plain]
