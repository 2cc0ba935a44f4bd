"""Days of the week in words."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from angarium.modules.mailings.windows import EVERY_DAY, weekdays_of

#: (ISO number, name), Monday first.
DAYS = tuple((day, WEEKDAYS[day - 1]) for day in sorted(EVERY_DAY))


def days_of(mask: int) -> str:
    """`Mon, Tue, Wed`; empty for every day."""
    days = weekdays_of(mask)
    return "" if days == EVERY_DAY else ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in sorted(days))
