"""Values of a column, many at a time: what fits as it is, which is nearly everything, is not looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from itertools import islice
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from .cells import EXACT, LONGEST, xlsx_cell
from .column import Column

#: Rows that are looked at together.
SOME = 256
Values = Sequence[Any]
_TEXT, _NUMBER = {str, type(None)}, {int, type(None)}
_utc = {UTC, ZoneInfo("UTC")}
_zone = attrgetter("tzinfo")


def converted(columns: Sequence[Column], zone: ZoneInfo, rows: Iterator[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows as a workbook holds them, in their order."""
    converters = [_converter(column, zone) for column in columns]
    while some := list(islice(rows, SOME)):
        turned = zip(*some, strict=True)
        yield from zip(*(convert(values) for convert, values in zip(converters, turned, strict=True)), strict=True)


def _converter(column: Column, zone: ZoneInfo) -> Callable[[Values], Values]:
    cell = xlsx_cell(column, zone)
    fits: Callable[[Values], bool] = {"text": _are_texts, "integer": _are_numbers}.get(column.kind, _never)
    if column.kind == "moment" and zone in _utc:
        return lambda values: _in_utc(values) or [cell(value) for value in values]
    return lambda values: values if fits(values) else [cell(value) for value in values]


def _are_texts(values: Values) -> bool:
    if not set(map(type, values)) <= _TEXT:
        return False
    told = list(filter(None, values))
    return max(map(len, told), default=0) <= LONGEST // 2 and _is_whole("".join(told))


def _is_whole(text: str) -> bool:
    """Without halves of characters."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _are_numbers(values: Values) -> bool:
    told = list(filter(None, values))
    return set(map(type, values)) <= _NUMBER and min(told, default=0) > -EXACT and max(told, default=0) < EXACT


def _in_utc(values: Values) -> Values | None:
    """The moments without their zone; None when one of them has another, or is of long ago."""
    told = list(filter(None, values))
    if not set(map(_zone, told)) <= _utc or (told and min(told).year <= 1900):
        return None
    return [value and value.replace(tzinfo=None) for value in values]


def _never(values: Values) -> bool:
    return False
