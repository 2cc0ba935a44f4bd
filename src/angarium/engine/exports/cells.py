"""A value as a cell holds it. Text stays text: nothing that somebody entered is ever taken for a formula.

Excel keeps fifteen digits of a number, 32,767 characters of a text, and no day before 1900: what does not fit into the
type becomes text, and a text that is too long is cut and ends with an ellipsis.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .column import Column

Cell = Callable[[Any], Any]
LONGEST, EXACT = 32_767, 10**15
FIRST_DAY = date(1900, 3, 1)
#: What spreadsheet programs take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def xlsx_cell(column: Column, zone: ZoneInfo) -> Cell:
    """How a value of this column is written into a workbook; None stays an empty cell."""
    return {
        "text": _text,
        "integer": _integer,
        "decimal": _decimal,
        "date": _day,
        "moment": lambda value: _moment(value, zone),
        "boolean": lambda value: None if value is None else bool(value),
    }[column.kind]


def csv_cell(column: Column, zone: ZoneInfo) -> Cell:
    """How a value of this column is written as text: ISO 8601 for dates and moments, a point in decimals."""
    return {
        "text": _plain,
        "integer": lambda value: "" if value is None else str(int(value)),
        "decimal": lambda value: "" if value is None else format(value, "f"),
        "date": lambda value: "" if value is None else value.isoformat(),
        "moment": lambda value: "" if value is None else value.astimezone(zone).isoformat(timespec="seconds"),
        "boolean": lambda value: "" if value is None else "true" if value else "false",
    }[column.kind]


def unformulated(text: str) -> str:
    """The text behind an apostrophe when a spreadsheet program would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(value: Any) -> str:
    return "" if value is None else unformulated(_whole(value))


def _whole(value: Any) -> str:
    """Without halves of characters, which no file can hold."""
    text = value if isinstance(value, str) else str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _text(value: Any) -> str | None:
    if value is None or (type(value) is str and len(value) <= LONGEST and value.isascii()):
        return value
    text = _whole(value)
    # Excel counts in UTF-16, where a character beyond the first plane is two.
    return text if len(text) * 2 <= LONGEST or _units(text) <= LONGEST else _cut(text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str) -> str:
    return text.encode("utf-16-le")[: (LONGEST - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _integer(value: Any) -> int | str | None:
    if value is None:
        return None
    return int(value) if -EXACT < value < EXACT else str(int(value))


def _decimal(value: Any) -> float | str | None:
    if value is None:
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        return str(number)
    return float(number) if len(number.as_tuple().digits) <= 15 else format(number, "f")


def _day(value: Any) -> Any:
    return value if value is None or value >= FIRST_DAY else value.isoformat()


def _moment(value: datetime | None, zone: ZoneInfo) -> datetime | str | None:
    if value is None:
        return None
    there = value.astimezone(zone)
    return there.replace(tzinfo=None) if there.date() >= FIRST_DAY else there.isoformat(timespec="seconds")
