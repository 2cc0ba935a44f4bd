"""Russia's days that are not as their weekday says, 2025 to 2027, each with where that is written. Pure data.

Public holidays and transferred days off are told apart: a vacation is longer by the first and not by the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .calendar import Calendar, DayKind

#: Raised with every change of the table.
VERSION = "ru-1"
YEARS = (2025, 2026, 2027)

_LAW = "ТК РФ, ст. 112, ч. 1"
_MOVED = "ТК РФ, ст. 112, ч. 2"
_SHORT = "ТК РФ, ст. 95, ч. 1"
_2025 = "Постановление Правительства РФ от 04.10.2024 № 1335"
_2026 = "Постановление Правительства РФ от 24.09.2025 № 1466"
_2027 = "Постановление Правительства РФ о переносе выходных дней в 2027 году (номер и дата не сверены)"


@dataclass(frozen=True, slots=True)
class Day:
    """One row: the date, its kind, its name in Russian, and the article or the decree it is from."""

    on: date
    kind: DayKind
    name: str
    source: str


_PUBLIC = (
    *((1, day, "Новогодние каникулы") for day in (1, 2, 3, 4, 5, 6, 8)),
    (1, 7, "Рождество Христово"),
    (2, 23, "День защитника Отечества"),
    (3, 8, "Международный женский день"),
    (5, 1, "Праздник Весны и Труда"),
    (5, 9, "День Победы"),
    (6, 12, "День России"),
    (11, 4, "День народного единства"),
)

#: Which day off became a working day or fell on a holiday, and which day is off in its stead.
_TRANSFERS = (
    (date(2025, 1, 4), date(2025, 5, 2), _2025),
    (date(2025, 2, 23), date(2025, 5, 8), _2025),
    (date(2025, 3, 8), date(2025, 6, 13), _2025),
    (date(2025, 11, 1), date(2025, 11, 3), _2025),
    (date(2025, 1, 5), date(2025, 12, 31), _2025),
    (date(2026, 1, 3), date(2026, 1, 9), _2026),
    (date(2026, 3, 8), date(2026, 3, 9), _MOVED),
    (date(2026, 5, 9), date(2026, 5, 11), _MOVED),
    (date(2026, 1, 4), date(2026, 12, 31), _2026),
    (date(2027, 2, 20), date(2027, 2, 22), _2027),
    (date(2027, 5, 1), date(2027, 5, 3), _MOVED),
    (date(2027, 5, 9), date(2027, 5, 10), _MOVED),
    (date(2027, 6, 12), date(2027, 6, 14), _MOVED),
    (date(2027, 1, 2), date(2027, 11, 5), _2027),
    (date(2027, 1, 3), date(2027, 12, 31), _2027),
)

#: Working days before a public holiday. The working Saturdays are short too; that follows from what they stand in for.
_SHORT_DAYS = (
    *(date(2025, 3, 7), date(2025, 4, 30), date(2025, 6, 11)),
    *(date(2026, 4, 30), date(2026, 5, 8), date(2026, 6, 11), date(2026, 11, 3)),
    *(date(2027, 4, 30), date(2027, 6, 11), date(2027, 11, 3)),
)

_MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября")


def _rows() -> Iterator[Day]:
    for year in YEARS:
        for month, day, name in _PUBLIC:
            yield Day(date(year, month, day), DayKind.PUBLIC, name, _LAW)
    holidays = {date(year, month, day) for year in YEARS for month, day, _ in _PUBLIC}
    for origin, to, source in _TRANSFERS:
        yield Day(to, DayKind.TRANSFERRED, f"Выходной день (перенесён с {_said(origin)})", source)
        if origin not in holidays:
            yield Day(origin, DayKind.WORKING_SATURDAY, f"Рабочая суббота (выходной перенесён на {_said(to)})", source)
    for short in _SHORT_DAYS:
        yield Day(short, DayKind.SHORT_DAY, "Предпраздничный день, короче на час", _SHORT)


def _said(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


ROWS: tuple[Day, ...] = tuple(sorted(_rows(), key=lambda row: row.on))


def calendar() -> Calendar:
    """The calendar of this table alone."""
    return Calendar({row.on: row.kind for row in ROWS}, VERSION)
