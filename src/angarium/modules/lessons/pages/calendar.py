"""The calendar: a day or a week of lessons on the viewer's own clock, kept up to date while it is open."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from angarium.engine.console.public import page, partial, signed_in, zone_of
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.clock import now
from angarium.modules.lessons.models import Student, Teacher
from angarium.modules.lessons.queries import lessons_between, students_seen_by, teachers_seen_by, writes_all

from .grid import bounds, grid

#: More than can be told apart on one page; with more the page says that it shows the first ones.
MOST = 500
SPANS = {"day": 1, "week": 7}
ANYBODY = gettext_lazy("everybody")


class Wanted(forms.Form):
    """Which days, and whose."""

    view = forms.ChoiceField(
        required=False, choices=[("week", gettext_lazy("Week")), ("day", gettext_lazy("Day"))], widget=forms.HiddenInput
    )
    date = forms.DateField(required=False, input_formats=["%Y-%m-%d"], widget=forms.HiddenInput)
    teacher = forms.ModelChoiceField(
        Teacher.objects.none(), required=False, empty_label=ANYBODY, label=gettext_lazy("Teacher")
    )
    student = forms.ModelChoiceField(
        Student.objects.none(), required=False, empty_label=ANYBODY, label=gettext_lazy("Student")
    )

    def __init__(self, *args: Any, by: Principal, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, people in (("teacher", teachers_seen_by(by)), ("student", students_seen_by(by))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people.order_by("name", "id")

    def clean_date(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["date"]
        if day is not None and not 1971 <= day.year <= 9997:
            raise forms.ValidationError(gettext_lazy("There is no calendar for this year."))
        return day


@signed_in
def calendar(request: HttpRequest) -> HttpResponse:
    by, zone = principal_of(request), zone_of(request)
    form = Wanted(request.GET, by=by)
    valid = form.is_valid()
    chosen = form.cleaned_data
    view, today = chosen.get("view") or "week", now().astimezone(zone).date()
    days = SPANS[view]
    day = chosen.get("date") or today
    first = day if view == "day" else day - dt.timedelta(days=day.weekday())
    whose = {f"{name}_id": chosen[name].pk for name in ("teacher", "student") if chosen.get(name)}
    lessons = lessons_between(by, *bounds(first, days, zone), most=MOST, **whose) if valid else []
    context = {
        "form": form,
        "view": view,
        "grid": grid(lessons, first, days, zone, now()),
        "title": _title(first, days),
        "full": len(lessons) == MOST,
        "may_plan": writes_all(by),
        "whose": urlencode(whose),
        "address": request.get_full_path(),
        "to": {
            "before": _query(form, date=day - dt.timedelta(days=days)),
            "after": _query(form, date=day + dt.timedelta(days=days)),
            "today": _query(form, date=""),
            **{name: _query(form, view=name, date=day) for name in SPANS},
        },
    }
    template = "lessons/calendar_body.html" if partial(request) else "lessons/calendar.html"
    return page(request, template, context, status=200 if valid else 400)


def _title(first: dt.date, days: int) -> str:
    """`4 March 2030`, `4–10 March 2030`, `28 February – 6 March 2030`."""
    last = first + dt.timedelta(days=days - 1)
    end = date_format(last, "j E Y")
    if first == last:
        return f"{date_format(first, 'l')}, {end}"
    if first.month == last.month:
        return f"{first.day}–{end}"
    return f"{date_format(first, 'j E' if first.year == last.year else 'j E Y')} – {end}"


def _query(form: Wanted, **changes: object) -> str:
    """The query string of this page with some of it changed."""
    shown = {name: form.data.get(name, "") for name in form.fields}
    return urlencode({name: value for name, value in {**shown, **changes}.items() if value})
