"""Requests, by those who decide: approved, rejected, cancelled. Nobody decides their own."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from angarium.contracts.timeoff import RequestEscalated
from angarium.engine.events.public import publish
from angarium.engine.identity.public import SYSTEM, Principal
from angarium.kernel.clock import now
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.balances import book_of, check_affordable
from angarium.modules.timeoff.errors import AlreadyDecided, NotYours, OwnRequest
from angarium.modules.timeoff.lifecycle import LIFECYCLE, Status, Verdict
from angarium.modules.timeoff.models import Employee, Request
from angarium.modules.timeoff.queries import may_cancel, refuse_stale, request_for_update, request_seen_by, stood_in_for
from angarium.modules.timeoff.rights import today_of

from .ledger import give_back, take
from .steps import check_no_overlap, note_step, prepare

_DECIDED = (Status.APPROVED, Status.REJECTED, Status.CANCELLED)


def approve_request(
    id: int, *, by: Principal, comment: str = "", expected_version: int | None = None, once: bool = False
) -> Request:
    """Grant a request: its days are taken. By the same person again it is what it was, so that a letter's link may be
    followed twice; `once`, that is refused too.

    NoRequest, OwnRequest, NotYours, Stale, AlreadyDecided, IllegalMove, Overlapping, NotEnoughDays."""
    with transaction.atomic():
        request = _to_decide_for_update(id, by)
        if not once and _said_already(request, Status.APPROVED, by):
            return request
        _check_open(request, Status.APPROVED, expected_version)
        book = book_of(request.employee)
        prepare(request, book.calendar)
        check_no_overlap(request)
        check_affordable(book, request, granting=True)
        _decide(request, Status.APPROVED, by, comment)
        take(request, book.calendar, by)
    return request


def reject_request(
    id: int, *, by: Principal, comment: str = "", expected_version: int | None = None, once: bool = False
) -> Request:
    """Refuse a request: its days are free again. By the same person again it is what it was, unless `once`.

    NoRequest, OwnRequest, NotYours, Stale, AlreadyDecided, IllegalMove."""
    with transaction.atomic():
        request = _to_decide_for_update(id, by)
        if not once and _said_already(request, Status.REJECTED, by):
            return request
        _check_open(request, Status.REJECTED, expected_version)
        _decide(request, Status.REJECTED, by, comment)
    return request


def cancel_request(id: int, *, by: Principal, comment: str = "", expected_version: int | None = None) -> Request:
    """Call off what was approved: what it took of the balance is given back. For whoever decides, and for the employee
    until it begins. NoRequest, OwnRequest, NotYours, Stale, IllegalMove."""
    with transaction.atomic():
        request_seen_by(by, id)
        request = request_for_update(id)
        if not may_cancel(by, request, today_of(request.employee)):
            raise OwnRequest if rights.is_own(by, request) else NotYours
        refuse_stale(request, expected_version)
        LIFECYCLE.check(request.status, Status.CANCELLED)
        request.status = Status.CANCELLED
        request.save()
        note_step(request, Verdict.CANCELLED, by, comment)
        give_back(request, by)
    return request


def escalate_request(id: int, *, to: Collection[int], by: Principal = SYSTEM) -> bool:
    """Note that these employees are asked too, for nobody has decided in time; of nobody, that human resources alone
    are. False when it was decided meanwhile, or they were all asked before. NoRequest."""
    with transaction.atomic():
        request = request_for_update(id)
        steps = request.steps.filter(verdict=Verdict.ESCALATED)
        asked = set(steps.values_list("on_behalf_of", flat=True))
        new = {one.pk: one for one in Employee.objects.filter(pk__in=to) if one.pk not in asked}
        if request.status != Status.SUBMITTED or not (new or (not to and None not in asked)):
            return False
        request.escalated_at = now()
        request.save()
        for one in new.values() or [None]:
            note_step(request, Verdict.ESCALATED, by, on_behalf_of=one)
        names = ("employee_id", "kind", "start", "end", "days", "status")
        told = {name: getattr(request, name) for name in names}
        publish(RequestEscalated(request_id=request.pk, to=tuple(new), **told))
    return True


def _to_decide_for_update(id: int, by: Principal) -> Request:
    request_seen_by(by, id)
    request = request_for_update(id)
    if not rights.may_decide(by, request):
        raise OwnRequest if rights.is_own(by, request) else NotYours
    return request


def _said_already(request: Request, status: Status, by: Principal) -> bool:
    if request.status != status:
        return False
    step = request.steps.filter(verdict=status).last()
    return step is not None and step.person == by.id and by.id is not None


def _check_open(request: Request, status: Status, expected_version: int | None) -> None:
    refuse_stale(request, expected_version)
    if request.status in _DECIDED:
        raise AlreadyDecided(decision=request.status, decided_by=request.decided_by, decided_at=request.decided_at)
    LIFECYCLE.check(request.status, status)


def _decide(request: Request, status: Status, by: Principal, comment: str) -> None:
    """Write the decision down. `decision` takes the sentence that the deciding person wrote."""
    request.status, request.decided_at = status, now()
    request.decided_by, request.decision = by.name[:255], comment.strip()
    request.save()
    note_step(request, Verdict(status), by, comment, stood_in_for(by, request, today_of(request.employee)))
