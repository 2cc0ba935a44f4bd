"""A year of the calendar: months with their special days, where each is written; human resources edit it."""

from __future__ import annotations

import calendar as weeks
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dates import MONTHS, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from angarium.engine.console.public import attempt, page, partial, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import calendar_of
from angarium.modules.timeoff.calendar import Calendar
from angarium.modules.timeoff.errors import NoHoliday
from angarium.modules.timeoff.lifecycle import DayKind
from angarium.modules.timeoff.models import Holiday
from angarium.modules.timeoff.queries import holidays_seen_by
from angarium.modules.timeoff.queries.one import only

from .entering import Day
from .staffing import hr_only, small
from .viewer import around, day_in, today_of
from .wording import day_said

YEARS = (1990, 2100)


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by, today = principal_of(request), today_of(request)
    year = _year(request, today.year)
    rows = list(holidays_seen_by(by).filter(day__year=year).order_by("day"))
    calendar = calendar_of()
    stored = set(holidays_seen_by(by).values_list("day__year", flat=True).distinct())
    context = {
        **around(request),
        "year": str(year),
        "years": [str(one) for one in sorted(stored | {today.year - 1, today.year, today.year + 1, year})],
        "rows": rows,
        "known": calendar.is_known(year),
        "total": _total(calendar, year),
        "months": [_month(calendar, year, month, {row.day: row for row in rows}, today) for month in range(1, 13)],
        "weekdays": [(WEEKDAYS[day], WEEKDAYS_ABBR[day]) for day in range(7)],
    }
    return page(request, "timeoff/holidays_body.html" if partial(request) else "timeoff/holidays.html", context)


def _year(request: HttpRequest, usual: int) -> int:
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else usual
    return min(max(year, YEARS[0]), YEARS[1])


def _total(calendar: Calendar, year: int) -> str:
    days = calendar.working_days(date(year, 1, 1), date(year, 12, 31))
    hours = calendar.norm_minutes(date(year, 1, 1), date(year, 12, 31)) // 60
    return _("%(days)s working days, %(hours)s hours") % {"days": days, "hours": hours}


def _month(calendar: Calendar, year: int, month: int, rows: Mapping[date, Holiday], today: date) -> dict[str, Any]:
    last = weeks.monthrange(year, month)[1]
    norm = calendar.working_days(date(year, month, 1), date(year, month, last))
    return {
        "name": MONTHS[month],
        "weeks": [
            [_day(calendar, date(year, month, number), rows, today) if number else {} for number in week]
            for week in weeks.monthcalendar(year, month)
        ],
        "norm": ngettext("%(n)d working day", "%(n)d working days", norm) % {"n": norm},
    }


def _day(calendar: Calendar, day: date, rows: Mapping[date, Holiday], today: date) -> dict[str, Any]:
    """A cell: `kind` by the calendar, also where only the law names it."""
    kind, row = calendar.kind(day), rows.get(day)
    named = str(DayKind(kind).label) if kind else ""
    return {
        "number": day.day,
        "kind": kind or "",
        "free": not calendar.is_working(day),
        "today": day == today,
        "title": f"{named}: {row.name}" if row else named,
    }


class HolidayForm(forms.Form):
    """A day that is not as its weekday says."""

    day = Day(label=gettext_lazy("Day"))
    kind = forms.ChoiceField(choices=DayKind.choices, label=gettext_lazy("Kind"))
    name = forms.CharField(max_length=200, label=pgettext_lazy("a day", "Name"))
    source = forms.CharField(max_length=300, label=gettext_lazy("Where it is written"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponseBase:
    by, today = hr_only(request), today_of(request)
    day = day_in(request, "day", usual=today, earliest=date(YEARS[0], 1, 1), latest=date(YEARS[1], 12, 31))
    form = HolidayForm(request.POST or None, initial={"day": day})
    return small(
        request,
        form,
        lambda: actions.create_holiday(by=by, **form.values()),
        title=_("Enter a day"),
        label=_("Enter"),
        hint=_("Vacations over this day are counted anew; approved ones get a correction in the ledger."),
        **_around(day.year),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    row = only(holidays_seen_by(by), id, NoHoliday)
    names = ("day", "kind", "name", "source", "version")
    form = HolidayForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    return small(
        request,
        form,
        lambda: actions.edit_holiday(id, by=by, expected_version=form.cleaned_data["version"], **form.values()),
        title=day_said(row.day),
        label=_("Save"),
        hint=_("Vacations over this day are counted anew; approved ones get a correction in the ledger."),
        removal={
            "url": reverse("timeoff_pages:holiday_removal", args=[id]),
            "question": _("Take this day out of the calendar? It is then as its weekday says."),
            "said": _("Taken out, the day is as its weekday says."),
            "label": _("Take it out"),
        },
        **_around(row.day.year),
    )


def _around(year: int) -> dict[str, Any]:
    back = f"{reverse('timeoff_pages:holidays')}?year={year}"
    return {"back": back, "trail": [(back, _("Holidays"))], "wide": ("name", "source")}


@require_POST
@signed_in
def removal(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    row = only(holidays_seen_by(by), id, NoHoliday)
    attempt(request, lambda: actions.delete_holiday(id, by=by), done=_("Taken out."))
    return redirect(f"{reverse('timeoff_pages:holidays')}?year={row.day.year}")
