"""Times and durations in people's words, in the active language and zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from angarium.kernel.clock import now as present


def exact(instant: datetime) -> str:
    """`21 November 2026, 14:05:09 (Europe/Moscow)`."""
    local = timezone.localtime(instant)
    zone = timezone.get_current_timezone_name()
    return f"{date_format(local, 'j E Y')}, {local:%H:%M:%S} ({zone})"


def clock(instant: datetime) -> str:
    """`21 November, 14:05:09.120`."""
    local = timezone.localtime(instant)
    return f"{date_format(local, 'j E')}, {local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def near(instant: datetime, *, now: datetime | None = None) -> str:
    """The instant beside `now`: `just now`, `5 min ago`, `in 5 min`, `today, 14:05`, `12 March, 14:05`."""
    now = now or present()
    local, today = timezone.localtime(instant), timezone.localtime(now).date()
    apart = (now - instant).total_seconds()
    if abs(apart) < 45:
        return _("just now")
    if abs(apart) < 45 * 60:
        minutes = max(1, round(abs(apart) / 60))
        if apart > 0:
            return ngettext("%(count)d min ago", "%(count)d min ago", minutes) % {"count": minutes}
        return ngettext("in %(count)d min", "in %(count)d min", minutes) % {"count": minutes}
    clock, days = f"{local:%H:%M}", (local.date() - today).days
    if days in NEAR_DAYS:
        return f"{NEAR_DAYS[days]}, {clock}"
    pattern = "j E" if local.year == today.year else "j E Y"
    return f"{date_format(local, pattern)}, {clock}"


NEAR_DAYS = {-1: gettext_lazy("yesterday"), 0: gettext_lazy("today"), 1: gettext_lazy("tomorrow")}


def lasting(seconds: float) -> str:
    """A duration with its two largest units: `40 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`, `3 d 4 h`."""
    if not seconds:
        return "0"
    if seconds < 1:
        return _("%(n)d ms") % {"n": max(0, round(seconds * 1000))}
    if seconds < 60:
        return _("%(n)s s") % {"n": f"{seconds:.1f}".rstrip("0").rstrip(".")}
    whole = timedelta(seconds=round(seconds))
    minutes, rest = divmod(whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if whole.days:
        return _("%(d)d d %(h)d h") % {"d": whole.days, "h": hours}
    if hours:
        return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes}
    return _("%(m)d min %(s)d s") % {"m": minutes, "s": rest}


def brief(seconds: float) -> str:
    """A duration for an axis, with one unit where the others are nothing: `2 min`, `1 h`, else as `lasting` has it."""
    for size, words in ((86_400, _("%(n)d d")), (3600, _("%(n)d h")), (60, _("%(n)d min"))):
        if seconds >= size and seconds % size == 0:
            return words % {"n": seconds // size}
    return lasting(seconds)


def wall(instant: datetime, zone: str) -> str:
    """The instant on the wall clock of another zone, with the day where it differs: `14:05 Europe/Moscow`."""
    there, here = instant.astimezone(ZoneInfo(zone)), timezone.localtime(instant)
    day = "" if there.date() == here.date() else f"{date_format(there, 'j E')}, "
    return f"{day}{there:%H:%M} {zone}"


def span_of(start: datetime, zone: str, minutes: int = 0) -> str:
    """A start, or a whole span, on the wall clock of an IANA zone: `21 November 2026, 14:00–15:00 (Europe/Moscow)`."""
    local = start.astimezone(ZoneInfo(zone))
    end = f"–{(start + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)):%H:%M}" if minutes else ""
    return f"{date_format(local, 'j E Y')}, {local:%H:%M}{end} ({zone})"
