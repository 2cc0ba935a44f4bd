"""Why a line or a notice is, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from angarium.modules.timeoff.derivation import Because
from angarium.modules.timeoff.parts import Notice

SENTENCES: Mapping[str, str] = {
    "working_month": gettext_noop("Month %(month)s of working year %(year)s, of %(entitlement)s days a year."),
    "working_month_moved": gettext_noop(
        "Month %(month)s of working year %(year)s, of %(entitlement)s days a year; it ends %(moved)s days later, for "
        "days that do not count towards it."
    ),
    "half_month_on_dismissal": gettext_noop(
        "Month %(month)s of working year %(year)s, cut short by the dismissal: half or more of it was worked."
    ),
    "vacation": gettext_noop("Vacation from %(start)s to %(end)s: %(days)s calendar days."),
    "vacation_over_holidays": gettext_noop(
        "Vacation from %(start)s to %(end)s: %(days)s calendar days, public holidays left out: %(holidays)s."
    ),
    "recalculated": gettext_noop("Entered were %(before)s days; by what is known now it is %(after)s."),
    "calendar_changed": gettext_noop("The calendar has changed: the days are %(after)s, not %(before)s."),
    "called_off": gettext_noop("The vacation from %(start)s to %(end)s was called off; its days are given back."),
    "brought_in": gettext_noop("The balance that was brought in; what accrued up to this day is in it."),
    "paid_out": gettext_noop("Paid out on dismissal: the balance of the last day."),
    "held_back": gettext_noop("Held back on dismissal: more was taken than had accrued."),
    "reinstated": gettext_noop("The dismissal was taken back, and with it what was paid out."),
    "by_hand": "%(reason)s",
    "no_long_part": gettext_noop(
        "No part of this working year's vacation has %(days)s days: the longest has %(longest)s, %(left)s are left."
    ),
    "before_six_months": gettext_noop("It begins before six months of work are over, which is on %(since)s."),
}


def sentence(because: Because) -> str:
    """The reason of a line; a code that this release does not know is shown as it is."""
    code = because.code
    if code == "working_month" and because.facts.get("moved"):
        code = "working_month_moved"
    return _said(code, because.facts)


def sentence_of_notice(notice: Notice) -> str:
    return _said(notice.code, notice.facts)


def _said(code: str, facts: Mapping[str, object]) -> str:
    if code not in SENTENCES:
        return code
    return _(SENTENCES[code]) % {name: _shown(value) for name, value in facts.items()}


def _shown(value: object) -> str:
    """Dates, as such or as the ledger keeps them, are written as the reader writes them."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)
