"""Days of the calendar, by human resources, and what a changed one means for requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff import holidays_ru
from angarium.modules.timeoff.calendar import FIRST, LAST
from angarium.modules.timeoff.errors import DayTaken, OutOfRange
from angarium.modules.timeoff.models import Holiday
from angarium.modules.timeoff.queries import holiday_for_update, refuse_stale

from .checks import changes_of, clean, only_hr
from .keeping import keep, note_made, remove


class HolidayChanges(TypedDict, total=False):
    """What of a day can be edited; what is left out stays."""

    day: date
    kind: str
    name: str
    source: str


def create_holiday(*, by: Principal, day: date, kind: str, name: str, source: str, country: str = "RU") -> Holiday:
    """Enter a day that is not as its weekday says. Requests over it follow (`recalculate_requests`).

    NotYours, OutOfRange, Invalid, DayTaken when the country's calendar has it."""
    only_hr(by)
    with transaction.atomic():
        return _saved(Holiday(country=country, day=day, kind=kind, name=name.strip(), source=source.strip()), by)


def edit_holiday(
    id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[HolidayChanges]
) -> Holiday:
    """Change a day; what changes nothing writes nothing. NotYours, NoHoliday, Stale, and as on entering."""
    only_hr(by)
    with transaction.atomic():
        holiday = holiday_for_update(id)
        refuse_stale(holiday, expected_version)
        return _saved(holiday, by) if changes_of(holiday, dict(changes)) else holiday


def delete_holiday(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Take a day out of the calendar. NotYours, NoHoliday, Stale."""
    only_hr(by)
    with transaction.atomic():
        holiday = holiday_for_update(id)
        refuse_stale(holiday, expected_version)
        remove(holiday, by)


def fill_holidays(*, by: Principal, years: Iterable[int] = holidays_ru.YEARS) -> int:
    """Enter what is known of Russia's calendar in these years and is not there yet; how many days. NotYours."""
    only_hr(by)
    wanted = set(years)
    with transaction.atomic():
        there = set(Holiday.objects.filter(country="RU").values_list("day", flat=True))
        days = [one for one in holidays_ru.ROWS if one.on.year in wanted and one.on not in there]
        rows = [Holiday(day=one.on, kind=one.kind, name=one.name, source=one.source) for one in days]
        made = Holiday.objects.bulk_create(rows)
        note_made(made, by)
    return len(made)


def _saved(holiday: Holiday, by: Principal) -> Holiday:
    if not FIRST <= holiday.day <= LAST:
        raise OutOfRange(field="day", least=FIRST, most=LAST)
    clean(holiday)
    try:
        with transaction.atomic():
            keep(holiday, by)
    except IntegrityError:
        raise DayTaken(field="day") from None
    return holiday
