"""An employee's rates: what is valid when, as it is known now or was known on a day, and recording one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import page, signed_in, zone_of
from angarium.engine.identity.public import Person, principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.errors import NotYours
from angarium.modules.timeoff.models import Employee, Rate
from angarium.modules.timeoff.queries import employee_seen_by, rates_of, rates_seen_by
from angarium.modules.timeoff.rights import fields_of, may_enter_terms

from .entering import Day
from .staffing import hr_only, small
from .strips import Axis, Piece, axis_of
from .viewer import around, day_in, today_of
from .wording import day_said, span_said


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by, today = principal_of(request), today_of(request)
    one = employee_seen_by(by, id)
    if "rates" not in fields_of(by, one):
        raise NotYours
    asked = bool(request.GET.get("known_on"))
    day = day_in(request, "known_on", usual=today, earliest=date(1971, 1, 1), latest=today)
    at = _end_of(request, day) if asked else None
    rows = list(rates_seen_by(by).filter(employee=one).order_by("-valid_from", "-recorded_at"))
    known = list(rates_of(id, at))
    context = {
        **around(request),
        "one": one,
        "today": today,
        "may_enter": may_enter_terms(by, one),
        "as_known": day if asked else None,
        "known_day": day_said(day),
        **_picture(known, rows, at, today),
        "rows": _rows([row for row in rows if at is None or row.recorded_at <= at], known, today),
    }
    return page(request, "timeoff/rates.html", context)


def _end_of(request: HttpRequest, day: date) -> datetime:
    """The last instant of a day on the viewer's clock."""
    return datetime.combine(day + timedelta(days=1), time(), zone_of(request)) - timedelta(microseconds=1)


def _picture(known: Sequence[Rate], rows: Sequence[Rate], at: datetime | None, today: date) -> dict[str, Any]:
    """The strip of what is (or was) known, and one for each time something else was known before."""
    if not rows:
        return {"lanes": []}
    axis = axis_of([_piece(row) for row in rows], today)
    lanes = [_lane(axis, known, _("known now") if at is None else _("known then"), known=True)]
    until = {row.superseded_at for row in rows if row.superseded_at and (at is None or row.recorded_at <= at)}
    for instant in sorted(until, reverse=True):
        was = [row for row in rows if row.superseded_at == instant]
        lanes.append(_lane(axis, was, _("replaced on %(day)s") % {"day": day_said(instant.date())}, known=False))
    return {"lanes": lanes, "ticks": axis.ticks(), "today_at": axis.x(today)}


def _lane(axis: Axis, rates: Iterable[Rate], title: str, *, known: bool) -> dict[str, Any]:
    pieces = [_piece(rate) for rate in rates]
    spoken = "; ".join(piece.title for piece in pieces)
    return {"bars": axis.bars(pieces), "title": title, "spoken": f"{title}: {spoken}", "known": known}


def _piece(rate: Rate) -> Piece:
    label = f"{_share(rate)} · {_salary(rate)}"
    return Piece(rate.valid_from, rate.valid_to, label, f"{_valid(rate)}: {label}")


def _rows(rows: Iterable[Rate], known: Sequence[Rate], today: date) -> list[dict[str, Any]]:
    rows = list(rows)
    people = Person.objects.filter(pk__in={row.recorded_by for row in rows if row.recorded_by})
    names = {person.pk: person.name for person in people}
    keys = {rate.pk for rate in known}
    return [
        {
            "rate": row,
            "span": _valid(row),
            "share": _share(row),
            "salary": _salary(row),
            "by": names.get(row.recorded_by),  # type: ignore[arg-type]
            **_state(row, row.pk in keys, today),
        }
        for row in rows
    ]


def _state(rate: Rate, known: bool, today: date) -> dict[str, str]:
    if not known:
        return {"state": "replaced", "state_label": _("replaced")}
    if rate.valid_from > today:
        return {"state": "later", "state_label": _("later")}
    if rate.valid_to and rate.valid_to < today:
        return {"state": "past", "state_label": _("over")}
    return {"state": "current", "state_label": _("valid now")}


def _valid(rate: Rate) -> str:
    if rate.valid_to is None:
        return _("from %(day)s on") % {"day": day_said(rate.valid_from)}
    return span_said(rate.valid_from, rate.valid_to)


def _share(rate: Rate) -> str:
    return number_format(rate.share.normalize(), use_l10n=True)


def _salary(rate: Rate) -> str:
    whole = rate.salary == int(rate.salary)
    return str(number_format(rate.salary, 0 if whole else 2, use_l10n=True, force_grouping=True))


class RateForm(forms.Form):
    """What holds from a day on."""

    share = forms.DecimalField(max_digits=4, decimal_places=3, label=gettext_lazy("Share of a full post"), initial=1)
    salary = forms.DecimalField(max_digits=12, decimal_places=2, label=gettext_lazy("Monthly salary of a full post"))
    valid_from = Day(label=gettext_lazy("Valid from"))
    valid_to = Day(
        required=False,
        label=pgettext_lazy("a day", "Last day"),
        help_text=gettext_lazy("Empty: until the next rate begins, or until further notice."),
    )
    because = forms.CharField(required=False, max_length=500, label=gettext_lazy("Reason"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def record(request: HttpRequest, id: int) -> HttpResponseBase:
    by = hr_only(request)
    one = employee_seen_by(by, id)
    form = RateForm(request.POST or None, initial=_usual(one, today_of(request)))
    return small(
        request,
        form,
        lambda: actions.record_rate(id, by=by, **form.cleaned_data),
        title=_("Record a rate"),
        lead=one.name,
        label=_("Record it"),
        wide=("because",),
        back=reverse("timeoff_pages:rates", args=[id]),
        trail=[
            (reverse("timeoff_pages:employee", args=[id]), one.name),
            (reverse("timeoff_pages:rates", args=[id]), _("Rates")),
        ],
        hint=_("What it covers of other rates is replaced and stays readable; the same first day again corrects it."),
    )


def _usual(one: Employee, today: date) -> dict[str, Any]:
    """What is valid now, from the first of the next month on."""
    rate = rates_of(one.pk, on=today).first()
    number = today.year * 12 + today.month
    first = date(number // 12, number % 12 + 1, 1)
    found: dict[str, Any] = {"valid_from": max(first, one.hired_on)}
    return {**found, "share": rate.share.normalize(), "salary": rate.salary} if rate else found
