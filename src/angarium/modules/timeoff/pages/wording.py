"""Days, spans of days and the lines of a balance, in people's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import ngettext


def days_said(days: Decimal | int) -> str:
    """`28`, `2.33`, `−14`: no more places than there are, the minus as print has it."""
    size = abs(Decimal(days))
    text = str(number_format(size, 2, use_l10n=True)) if size != int(size) else str(int(size))
    return f"−{text}" if days < 0 else text


def signed(days: Decimal) -> str:
    """`+2.33`, `−14`."""
    return f"+{days_said(days)}" if days > 0 else days_said(days)


def days_counted(number: int) -> str:
    """`1 day`, `14 days`."""
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}


def day_said(day: date) -> str:
    """`14 July 2026`."""
    return date_format(day, "j E Y")


def span_said(start: date, end: date) -> str:
    """`14 July 2026`, `14–20 July 2026`, `28 June – 4 July 2026`, `30 December 2025 – 8 January 2026`."""
    if start == end:
        return day_said(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{day_said(end)}"
    return f"{date_format(start, 'j E' if start.year == end.year else 'j E Y')} – {day_said(end)}"


def short_span(start: date, end: date) -> str:
    """`14 Jul`, `14–20 Jul`, `28 Jun – 4 Jul`: where there is little room."""
    if start == end:
        return date_format(start, "j M")
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{date_format(end, 'j M')}"
    return f"{date_format(start, 'j M')} – {date_format(end, 'j M')}"


def named(days: Iterable[tuple[date, str]]) -> str:
    """`12 June (Day of Russia), 4 November (…)`; several days in a row of one name are one span."""
    runs: list[tuple[date, date, str]] = []
    for day, name in days:
        if runs and runs[-1][2] == name and (day - runs[-1][1]).days == 1:
            runs[-1] = (runs[-1][0], day, name)
        else:
            runs.append((day, day, name))
    return ", ".join(
        f"{_without_year(start, end)} ({name})" if name else _without_year(start, end) for start, end, name in runs
    )


def _without_year(start: date, end: date) -> str:
    if start == end:
        return date_format(start, "j E")
    if start.month == end.month:
        return f"{start.day}–{date_format(end, 'j E')}"
    return f"{date_format(start, 'j E')} – {date_format(end, 'j E')}"
