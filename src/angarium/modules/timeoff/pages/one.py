"""One request: what it takes, who decides, what happened to it; and what is done with it but deciding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from angarium.contracts import timeoff as told
from angarium.engine.console.public import attempt, lasting, page, partial, signed_in, story_of, subject_page
from angarium.engine.identity.public import Principal, principal_of
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import Book, book_of, line_of, sentence
from angarium.modules.timeoff.lifecycle import Kind, Status
from angarium.modules.timeoff.models import Entry, Request
from angarium.modules.timeoff.queries import deciders_of, may_edit, request_seen_by
from angarium.modules.timeoff.rights import is_own, may_decide
from angarium.modules.timeoff.rules import rule_on

from .asked import free_at, not_counted, takes_said
from .deciding import version_of
from .history import history_of_request
from .team import away_then
from .verbs import verbs_of
from .viewer import around
from .wording import day_said, days_said, signed, span_said

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

subject_page("timeoff.request", "timeoff_pages:request")
#: The rule that says what each kind takes.
RULES = {Kind.VACATION: "holidays_left_out", Kind.HOLIDAY_WORK: "holiday_work"}
WORDS: dict[str, _StrOrPromise] = {
    told.RequestDrafted.type: pgettext_lazy("request", "Drafted"),
    told.RequestUpdated.type: pgettext_lazy("request", "Edited"),
    told.RequestSubmitted.type: pgettext_lazy("request", "Sent"),
    told.RequestApproved.type: pgettext_lazy("request", "Approved"),
    told.RequestRejected.type: pgettext_lazy("request", "Rejected"),
    told.RequestWithdrawn.type: pgettext_lazy("request", "Withdrawn"),
    told.RequestCancelled.type: pgettext_lazy("request", "Called off"),
    told.RequestEscalated.type: pgettext_lazy("request", "Escalated: nobody had decided in time"),
}


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    one = request_seen_by(by, id)
    context: dict[str, Any] = {
        **around(request),
        **_taking(one),
        "one": one,
        "own": is_own(by, one),
        "span": span_said(one.start, one.end),
        "may_decide": one.status == Status.SUBMITTED and may_decide(by, one),
        "may_edit": one.status == Status.DRAFT and may_edit(by, one),
        "verbs": verbs_of(by, one),
        "deciders": [who.name for who in deciders_of(one.employee, one.start)],
        "away": away_then(by, one.employee, one.start, one.end),
        "history": history_of_request(by, one),
        "story": story_of(f"timeoff.request:{id}", WORDS),
        "shell": "console/part.html" if partial(request) else "timeoff/frame.html",
    }
    return page(request, "timeoff/request.html", context)


def _taking(one: Request) -> dict[str, Any]:
    """What it takes and by which rule; the balance before and after while that is open."""
    book = book_of(one.employee)
    rule = RULES.get(Kind(one.kind))
    found = {
        "takes": takes_said(one, book.calendar),
        "not_counted": not_counted(one, book.calendar),
        "minutes": lasting(60 * one.minutes) if one.minutes else "",
        "article": rule_on(rule, one.start).article if rule else "",
        "lines": [_entered(entry) for entry in Entry.objects.filter(request=one).order_by("on", "id")],
    }
    return found | (_before_and_after(one, book) if one.kind == Kind.VACATION else {})


def _before_and_after(one: Request, book: Book) -> dict[str, str]:
    if one.status not in (Status.DRAFT, Status.SUBMITTED):
        return {}
    before = free_at(book, one)
    return {"before": days_said(before), "after": days_said(before - one.days)}


def _entered(entry: Entry) -> str:
    """A line of the ledger: `1 July 2026: −14. Vacation from …`."""
    return f"{day_said(entry.on)}: {signed(entry.days)}. {sentence(line_of(entry).because)}"


def _do(verb: Callable[..., Request], done: Callable[[], str]) -> Callable[..., HttpResponseBase]:
    """A view that carries out one verb and leads back to the request, or to where the button was."""

    @require_POST
    @signed_in
    def view(request: HttpRequest, id: int) -> HttpResponseBase:
        by: Principal = principal_of(request)
        version = version_of(request)
        attempt(request, lambda: verb(id, by=by, expected_version=version), done=done())
        return redirect("timeoff_pages:request", id=id)

    return view


@require_POST
@signed_in
def delete(request: HttpRequest, id: int) -> HttpResponseBase:
    """Remove a draft, and go to where it was listed."""
    by, version = principal_of(request), version_of(request)
    one = request_seen_by(by, id)

    def removed() -> bool:
        actions.delete_request(id, by=by, expected_version=version)
        return True

    if not attempt(request, removed, done=_("The draft was deleted.")):
        return redirect("timeoff_pages:request", id=id)
    return redirect("timeoff_pages:mine") if is_own(by, one) else redirect("timeoff_pages:employee", id=one.employee_id)


submit = _do(actions.submit_request, lambda: _("Sent."))
withdraw = _do(actions.withdraw_request, lambda: _("Withdrawn; its days are free again."))
cancel = _do(actions.cancel_request, lambda: _("Called off; its days were given back."))
