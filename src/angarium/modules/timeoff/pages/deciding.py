"""Approvals: what waits for a decision with all that it depends on, what one decided, and the decision itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from angarium.engine.console.public import attempt, page, partial, safe_next, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import Book, books_of
from angarium.modules.timeoff.lifecycle import Kind, Verdict
from angarium.modules.timeoff.models import Approval, Delegation, Employee, Request
from angarium.modules.timeoff.queries import find_requests, requests_seen_by, stood_in_for
from angarium.modules.timeoff.rights import employee_of

from .asked import free_at, not_counted, takes_said
from .team import Away, away_between
from .viewer import around, today_of
from .wording import days_said, span_said

#: Requests on one page; of those decided, the latest.
MOST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A request with what its decision depends on; `before` and `after` are empty where it takes nothing."""

    request: Request
    span: str
    takes: str
    not_counted: str
    before: str
    after: str
    away: Sequence[dict[str, Any]]
    on_behalf_of: Employee | None


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    rows = find_requests(by, to_decide=True).order_by("submitted_at", "id")
    found = list(rows[:MOST])
    context = {**around(request), "cards": cards_of(request, by, found), "more": max(0, rows.count() - len(found))}
    return page(request, "timeoff/approvals_body.html" if partial(request) else "timeoff/approvals.html", context)


def cards_of(request: HttpRequest, by: Principal, rows: Sequence[Request]) -> list[Card]:
    """What they depend on is read for all of them together."""
    if not rows:
        return []
    books = {book.employee.pk: book for book in books_of([row.employee for row in rows])}
    away = away_between(by, min(row.start for row in rows), max(row.end for row in rows))
    deputy = _stands_in(by, today_of(request))
    return [_card(row, books[row.employee_id], away, deputy(row)) for row in rows]


def _card(row: Request, book: Book, away: Away, instead_of: Employee | None) -> Card:
    before = free_at(book, row) if row.kind == Kind.VACATION else None
    return Card(
        request=row,
        span=span_said(row.start, row.end),
        takes=takes_said(row, book.calendar),
        not_counted=not_counted(row, book.calendar),
        before="" if before is None else days_said(before),
        after="" if before is None else days_said(before - row.days),
        away=away.beside(row.employee, row.start, row.end),
        on_behalf_of=instead_of,
    )


def _stands_in(by: Principal, today: date) -> Callable[[Request], Employee | None]:
    """For whom this principal would decide a request; nobody is asked for who stands in for nobody."""
    me = employee_of(by)
    if not Delegation.objects.filter(deputy=me, start__lte=today, end__gte=today).exists():
        return lambda row: None
    return lambda row: stood_in_for(by, row, today)


@signed_in
def decided(request: HttpRequest) -> HttpResponse:
    by = principal_of(request)
    verdicts = (Verdict.APPROVED, Verdict.REJECTED, Verdict.CANCELLED)
    steps = Approval.objects.filter(person=by.id, verdict__in=verdicts, request__in=requests_seen_by(by))
    found = steps.select_related("request__employee").order_by("-id")[:MOST]
    rows = [
        {"step": step, "request": step.request, "span": span_said(step.request.start, step.request.end)}
        for step in found
    ]
    return page(request, "timeoff/approvals.html", {**around(request), "decided": True, "rows": rows})


@require_POST
@signed_in
def approve(request: HttpRequest, id: int) -> HttpResponseBase:
    by, said = principal_of(request), _said(request)
    attempt(request, lambda: actions.approve_request(id, by=by, **said), done=_("Approved."))
    return _back(request, id)


@require_POST
@signed_in
def reject(request: HttpRequest, id: int) -> HttpResponseBase:
    by, said = principal_of(request), _said(request)
    attempt(request, lambda: actions.reject_request(id, by=by, **said), done=_("Rejected."))
    return _back(request, id)


def _said(request: HttpRequest) -> dict[str, Any]:
    """The comment, and the version that the page showed."""
    return {"comment": request.POST.get("comment", "")[:1000], "expected_version": version_of(request)}


def version_of(request: HttpRequest) -> int | None:
    """The version of the row that the page showed; who sends none takes what there is."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _back(request: HttpRequest, id: int) -> HttpResponseBase:
    if request.POST.get("next"):
        return redirect(safe_next(request))
    return redirect("timeoff_pages:request", id=id)
