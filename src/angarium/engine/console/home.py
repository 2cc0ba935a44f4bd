"""The first page: how much work there is, how the last day went, and where to go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from angarium.engine.identity.public import principal_of

from .audit.report import KIND as AUDIT
from .columns import SHADES, Columns, columns
from .honesty import honest
from .page import page, partial, signed_in, zone_of
from .pulse import SPANS, Span, history, seen_by, standing

LATEST = 8


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    span = SPANS.get(request.GET.get("span", ""), SPANS["day"])
    with timezone.override(zone_of(request)):
        passed = history(principal, span)
        plots = [_plot(passed, span, width) for width in (860, 340)]
    context = {
        "standing": standing(principal),
        "honest": honest() if principal.is_staff else None,
        "span": span,
        "plots": plots,
        "accepted": sum(sum(values.values()) for _start, values in passed),
        "latest": seen_by(principal).exclude(kind=AUDIT).order_by("-id")[:LATEST],
        "sees_all": principal.is_staff,
    }
    return page(request, "console/parts/home_body.html" if partial(request) else "console/home.html", context)


def _plot(passed: list[tuple[datetime, dict[str, int]]], span: Span, width: int) -> Columns:
    every = span.every if width > 400 else span.every * 2
    values = [values for _start, values in passed]
    labels = [f"{timezone.localtime(start):%H:%M}" for start, _values in passed]
    titles = [_title(start, span.step, values) for start, values in passed]
    return columns(values, labels, titles, width=width, every=every)


def _title(start: datetime, step: timedelta, values: Mapping[str, int]) -> str:
    local, end = timezone.localtime(start), timezone.localtime(start + step)
    words = {
        "good": _("succeeded"),
        "running": _("running"),
        "waiting": _("waiting"),
        "still": _("cancelled"),
        "bad": _("failed"),
    }
    told = ", ".join(f"{words[shade]}: {values[shade]}" for shade in SHADES if values.get(shade)) or _("nothing")
    return f"{date_format(local, 'j E')}, {local:%H:%M}–{end:%H:%M} · {told}"
