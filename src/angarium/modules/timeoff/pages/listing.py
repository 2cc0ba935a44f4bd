"""Requests as rows of a table, with what can be done with each; the page of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from angarium.engine.console.public import one_page, page, partial, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff.models import Employee, Request
from angarium.modules.timeoff.queries import find_requests

from .standing import bounds_of, standing_of
from .verbs import Verb, verbs_of
from .viewer import around, day_in, today_of
from .wording import days_said, span_said

PAGE = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One request in a table."""

    request: Request
    span: str
    days: str
    verbs: list[Verb]


def rows_of(by: Principal, requests: Iterable[Request]) -> list[Row]:
    return [Row(one, span_said(one.start, one.end), days_said(one.days), verbs_of(by, one)) for one in requests]


def balance_and_requests(request: HttpRequest, employee: Employee) -> dict[str, Any]:
    """What the page of somebody's own, and that of an employee, show of them; `on` and `before` are in the query."""
    by, today = principal_of(request), today_of(request)
    earliest, latest = bounds_of(employee, today)
    on = day_in(request, "on", usual=today, earliest=earliest, latest=latest)
    found, pager = one_page(request, _asked(request, by, employee), size=PAGE, cursor="before")
    return {"balance": standing_of(employee, on, today), "rows": rows_of(by, found), **pager}


def _asked(request: HttpRequest, by: Principal, employee: Employee) -> QuerySet[Request]:
    rows = find_requests(by, employee=employee.pk).order_by("-id")
    before = request.GET.get("before", "")
    return rows.filter(pk__lt=int(before)) if before.isascii() and before.isdigit() and len(before) < 19 else rows


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """The balance and the requests of who looks; for who is no employee, what to do about it."""
    context = around(request)
    if context["me"] is None:
        return page(request, "timeoff/nobody.html", context)
    context |= balance_and_requests(request, context["me"])
    return page(request, "timeoff/mine_body.html" if partial(request) else "timeoff/mine.html", context)
