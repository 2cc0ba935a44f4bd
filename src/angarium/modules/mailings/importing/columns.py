"""Which column of a file is what: by the names in its first row, or by what stands in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from . import cleaning

#: What a column can be, and the names under which it is known.
NAMES: Mapping[str, frozenset[str]] = {
    "phone": frozenset(
        {"phone", "phones", "phone number", "tel", "telephone", "mobile", "msisdn", "number"}
        | {"телефон", "телефоны", "номер", "номер телефона", "мобильный", "мобильный телефон", "моб телефон", "тел"}
    ),
    "tag": frozenset({"tag", "tags", "label", "group", "segment", "тег", "тэг", "теги", "метка", "группа", "сегмент"}),
    "timezone": frozenset(
        {"timezone", "time zone", "tz", "zone"} | {"зона", "часовой пояс", "пояс", "таймзона", "временная зона"}
    ),
    "operator_code": frozenset(
        {"operator code", "operator", "code", "mobile code"} | {"код оператора", "оператор", "код", "код мобильного"}
    ),
}
FIELDS = tuple(NAMES)
Mapped = dict[str, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Whether the first row names the columns, what it or their place calls them, and which is what."""

    has_header: bool
    titles: tuple[str, ...]
    mapping: Mapped


def layout(rows: Sequence[Sequence[str]]) -> Layout:
    """Guessed from the first rows of a file."""
    first = rows[0] if rows else []
    named = _by_names(first)
    has_header = "phone" in named or (bool(rows[1:]) and not any(cleaning.is_phone(cell) for cell in first))
    below = rows[1:] if has_header else rows
    width = max((len(row) for row in rows), default=0)
    titles = tuple(_title(first, number, has_header=has_header) for number in range(width))
    return Layout(has_header, titles, _completed(named if has_header else {}, below, width, guess=not named))


def cells(row: Sequence[str], mapping: Mapping[str, int]) -> dict[str, str]:
    """What of a row is asked for; a row that is too short has nothing there."""
    return {field: row[number] if number < len(row) else "" for field, number in mapping.items()}


def _by_names(first: Sequence[str]) -> Mapped:
    found: Mapped = {}
    for number, cell in enumerate(first):
        word = re.sub(r"[\s_.\-]+", " ", cell.strip().lower()).strip()
        field = next((field for field, names in NAMES.items() if word in names), None)
        if field is not None:
            found.setdefault(field, number)
    return found


def _title(first: Sequence[str], number: int, *, has_header: bool) -> str:
    title = first[number].strip()[:100] if has_header and number < len(first) else ""
    return title or str(number + 1)


def _completed(named: Mapped, rows: Sequence[Sequence[str]], width: int, *, guess: bool) -> Mapped:
    """A file without names: phones and zones are recognised, the first of the other columns is the tag."""
    found = dict(named)
    for field, fits in (("phone", cleaning.is_phone), ("timezone", _is_zone)):
        if field not in found and (guess or field == "phone"):
            free = [number for number in range(width) if number not in found.values()]
            number = next((one for one in free if _mostly(rows, one, fits)), None)
            if number is not None:
                found[field] = number
    if guess and "phone" in found:
        free = [number for number in range(width) if number not in found.values()]
        found |= {"tag": free[0]} if free else {}
    return found


def _mostly(rows: Sequence[Sequence[str]], number: int, fits: Callable[[str], bool]) -> bool:
    filled = [row[number] for row in rows if number < len(row) and row[number].strip()]
    return bool(filled) and sum(map(fits, filled)) * 2 > len(filled)


def _is_zone(text: str) -> bool:
    try:
        return "/" in cleaning.zone(text.strip()) or text.strip().upper() == "UTC"
    except cleaning.Wrong:
        return False
