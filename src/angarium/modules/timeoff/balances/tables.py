"""The calendar that the calculation goes by, read from its table."""

from __future__ import annotations

from angarium.modules.timeoff.calendar import Calendar, DayKind
from angarium.modules.timeoff.models import Holiday


def calendar_of(country: str = "RU") -> Calendar:
    """The country's calendar as it stands. Its version is another one after every change of the table."""
    rows = list(Holiday.objects.filter(country=country).values_list("day", "kind", "version"))
    version = f"{country}:{len(rows)}.{sum(version for _day, _kind, version in rows)}"
    return Calendar({day: DayKind(kind) for day, kind, _version in rows}, version)
