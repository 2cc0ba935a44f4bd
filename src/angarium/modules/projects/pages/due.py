"""When something is due, on the reader's own clock: as a form takes it and shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from angarium.engine.console.public import WallClock
from angarium.kernel.clock import now


class Due(WallClock):
    """A wall clock's time in `zone`, which the form sets; the value is an instant."""

    zone: ZoneInfo = ZoneInfo("UTC")

    def clean(self, value: Any) -> datetime | None:
        wall: datetime | None = super().clean(value)
        if wall is None:
            return None
        if not 1970 <= wall.year <= 9998:
            raise forms.ValidationError(_("The year is out of range; it lies between 1970 and 9998."))
        instant = wall.replace(tzinfo=self.zone)
        if instant.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != wall:
            sentence = _("There is no such time in {zone}: the clocks jump over it.")
            raise forms.ValidationError(str(sentence).format(zone=self.zone.key))
        return instant


def on_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant as a form shows it, in whole minutes."""
    return instant.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def tomorrow_evening(zone: ZoneInfo) -> datetime:
    """What a new task is due at, unless it is said: 18:00 of the next day on the reader's wall."""
    day = now().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(18))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in a zone."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
