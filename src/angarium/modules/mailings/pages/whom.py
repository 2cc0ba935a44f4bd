"""Whom a mailing that is being written would reach, and when: told while one writes, by the forecast's own code."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from angarium.engine.console.public import WallClock, page, signed_in, zone_of
from angarium.kernel.errors import AngariumError
from angarium.modules.mailings.forecast import draft, examples, forecast
from angarium.modules.mailings.models import Mailer
from angarium.modules.mailings.windows import EVERY_DAY, mask_of

from .rights import reader
from .weekdays import DAYS
from .wishes import Clock, Whom


class Said(Whom):
    """What has been written so far; what makes no sense yet is left out, but for tag and operator code."""

    start = WallClock(required=False)
    finish = WallClock(required=False)
    window_start = Clock(required=False)
    window_end = Clock(required=False)
    weekdays = forms.TypedMultipleChoiceField(required=False, coerce=int, choices=DAYS)
    mailer = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def when(self, zone: zoneinfo.ZoneInfo) -> dict[str, Any]:
        """As a draft takes it. A window of which one bound is written is none yet."""
        said = self.cleaned_data
        times = {name: _instant(wall, zone) for name in ("start", "finish") if (wall := said.get(name))}
        bounds = {name: said.get(name) for name in ("window_start", "window_end")}
        window = bounds if None not in bounds.values() else {}
        return {**times, **window, "weekdays": mask_of(said.get("weekdays") or EVERY_DAY)}


@signed_in
def matching(request: HttpRequest) -> HttpResponse:
    """The part of the form that changes with every letter."""
    reader(request)
    return page(request, "mailings/matching_part.html", told(request.GET, zone=zone_of(request)))


def told(given: Mapping[str, Any], *, zone: zoneinfo.ZoneInfo) -> dict[str, Any]:
    """The context of that part: `forecast` (None while tag or code make no sense), `examples`, and whether times that
    make sense were said."""
    form = Said(given)
    form.is_valid()
    wrong = next((errors[0] for name, errors in form.errors.items() if name in Whom.base_fields), "")
    if wrong:
        return {"forecast": None, "wrong_whom": wrong}
    whom = {name: form.cleaned_data[name] for name in ("tag", "operator_code")}
    mailer, timed = _draft(whom, form.when(zone))
    mailer.pk = form.cleaned_data.get("mailer")
    return {"forecast": forecast(mailer), "examples": examples(mailer), "timed": timed, "wrong_whom": ""}


def _draft(whom: Mapping[str, Any], when: Mapping[str, Any]) -> tuple[Mailer, bool]:
    """The mailing that is thought of, and whether its times make sense."""
    try:
        return draft(**whom, **when), "finish" in when
    except AngariumError:
        return draft(**whom), False


def _instant(wall: datetime, zone: zoneinfo.ZoneInfo) -> datetime | None:
    return wall.replace(tzinfo=zone) if 1970 <= wall.year <= 9998 else None
