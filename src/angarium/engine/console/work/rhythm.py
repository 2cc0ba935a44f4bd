"""A schedule in words. What is too rare to have words of its own is shown as it is written."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

DAYS = {
    "0": gettext_lazy("Sunday"),
    "1": gettext_lazy("Monday"),
    "2": gettext_lazy("Tuesday"),
    "3": gettext_lazy("Wednesday"),
    "4": gettext_lazy("Thursday"),
    "5": gettext_lazy("Friday"),
    "6": gettext_lazy("Saturday"),
}


def in_words(every: str) -> str:
    """`minute hour day month weekday` (crontab(5)) or `h:mm:ss` (how long from one to the next)."""
    fields = every.split()
    if len(fields) == 5:
        return _crontab(*fields) or every
    if interval := re.fullmatch(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)", every):
        days, hours, minutes, seconds = (int(part or 0) for part in interval.groups())
        return _interval((days * 24 + hours) * 60 + minutes, seconds) or every
    return every


def _interval(minutes: int, seconds: int) -> str:
    if seconds and not minutes:
        return ngettext("every %(n)d second", "every %(n)d seconds", seconds) % {"n": seconds}
    return "" if seconds else _minutes(minutes)


def _minutes(number: int) -> str:
    if number in (1, 60):
        return _("every minute") if number == 1 else _("every hour")
    if number and number % 60 == 0:
        return ngettext("every %(n)d hour", "every %(n)d hours", number // 60) % {"n": number // 60}
    return ngettext("every %(n)d minute", "every %(n)d minutes", number) % {"n": number}


def _crontab(minute: str, hour: str, day: str, month: str, weekday: str) -> str:
    if month != "*" or not re.fullmatch(r"\d+|\*|\*/\d+", minute):
        return ""
    if (hour, day, weekday) == ("*", "*", "*"):
        return _within_an_hour(minute)
    if not minute.isdigit() or not hour.isdigit():
        return ""
    clock = {"clock": f"{int(hour):02d}:{int(minute):02d}"}
    if (day, weekday) == ("*", "*"):
        return _("every day at %(clock)s") % clock
    if day == "*" and weekday in DAYS:
        return _("%(day)s at %(clock)s") % {"day": DAYS[weekday], **clock}
    if weekday == "*" and day.isdigit():
        return _("on day %(day)s of each month at %(clock)s") % {"day": day, **clock}
    return ""


def _within_an_hour(minute: str) -> str:
    if minute.isdigit():
        return _("every hour at minute %(minute)s") % {"minute": minute}
    return _minutes(1 if minute == "*" else int(minute[2:]))
