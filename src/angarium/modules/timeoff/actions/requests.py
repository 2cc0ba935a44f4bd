"""Requests, by those who ask: drafted, edited, submitted, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypedDict, Unpack

from django.db import transaction

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.balances import Book, book_of, check_affordable
from angarium.modules.timeoff.errors import NotADraft, NotYours, UnknownEmployee
from angarium.modules.timeoff.lifecycle import LIFECYCLE, Kind, Status, Verdict
from angarium.modules.timeoff.models import Employee, Request
from angarium.modules.timeoff.queries import (
    employee_for_update,
    employee_named,
    may_edit,
    refuse_stale,
    request_for_update,
    request_seen_by,
)

from .checks import changes_of
from .keeping import keep, remove
from .steps import check_no_overlap, note_step, prepare


class RequestChanges(TypedDict, total=False):
    """What of a draft can be edited; what is left out stays."""

    kind: str
    start: date
    end: date
    minutes: int | None
    comment: str


def create_request(
    *,
    by: Principal,
    kind: str,
    start: date,
    end: date,
    employee: int | None = None,
    minutes: int | None = None,
    comment: str = "",
    draft: bool = False,
) -> Request:
    """Ask for the days from `start` to `end` inclusive, for oneself unless `employee` says otherwise: human resources
    ask for anybody, a manager for work of their staff on a holiday. It is submitted at once unless it is a `draft`.

    UnknownEmployee, NotYours; EndsBeforeItStarts, OutOfRange, OutsideEmployment, NoHolidayThen, Invalid; Overlapping,
    NotEnoughDays."""
    who = _asked_for(by, employee, kind)
    with transaction.atomic():
        locked = employee_for_update(who.pk)
        request = Request(employee=locked, kind=kind, start=start, end=end, minutes=minutes, comment=comment.strip())
        request.author = by.id
        request.status = Status.DRAFT if draft else Status.SUBMITTED
        book = book_of(locked)
        prepare(request, book.calendar)
        if draft:
            request.save()
            return request
        check_no_overlap(request)
        check_affordable(book, request)
        request.submitted_at = now()
        request.save()
        note_step(request, Verdict.SUBMITTED, by)
    return request


def edit_request(
    id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[RequestChanges]
) -> Request:
    """Change a draft; what changes nothing writes nothing. NoRequest, NotYours, Stale, NotADraft, and as on asking."""
    with transaction.atomic():
        request = _mine_for_update(id, by, expected_version)
        if request.status != Status.DRAFT:
            raise NotADraft
        if changes_of(request, _stripped(dict(changes))):
            _asked_for(by, request.employee_id, request.kind)
            prepare(request, book_of(request.employee).calendar)
            keep(request, by)
    return request


def delete_request(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Remove a draft. NoRequest, NotYours, Stale, NotADraft."""
    with transaction.atomic():
        request = _mine_for_update(id, by, expected_version)
        if request.status != Status.DRAFT:
            raise NotADraft
        remove(request, by)


def submit_request(id: int, *, by: Principal, expected_version: int | None = None) -> Request:
    """Ask for a decision about a draft: it reserves its days from now on. NoRequest, NotYours, Stale, IllegalMove,
    Overlapping, NotEnoughDays, and what the days may be refused for."""
    with transaction.atomic():
        request = _mine_for_update(id, by, expected_version)
        LIFECYCLE.check(request.status, Status.SUBMITTED)
        book = book_of(request.employee)
        prepare(request, book.calendar)
        check_no_overlap(request)
        check_affordable(book, request)
        request.status, request.submitted_at = Status.SUBMITTED, now()
        request.save()
        note_step(request, Verdict.SUBMITTED, by)
    return request


def withdraw_request(id: int, *, by: Principal, comment: str = "", expected_version: int | None = None) -> Request:
    """Take back what nobody has decided; its days are free again. NoRequest, NotYours, Stale, IllegalMove."""
    with transaction.atomic():
        request = _mine_for_update(id, by, expected_version)
        LIFECYCLE.check(request.status, Status.WITHDRAWN)
        request.status = Status.WITHDRAWN
        request.save()
        note_step(request, Verdict.WITHDRAWN, by, comment)
    return request


def refusals(book: Book, request: Request) -> list[AngariumError]:
    """For what this request, which need not be saved, would be refused if it were sent now; its days are filled in."""
    found: list[AngariumError] = []
    checks: tuple[Callable[[], None], ...] = (
        lambda: prepare(request, book.calendar),
        lambda: check_no_overlap(request),
        lambda: check_affordable(book, request),
    )
    for check in checks:
        try:
            check()
        except AngariumError as refusal:
            found.append(refusal)
    return found


def _asked_for(by: Principal, id: int | None, kind: str) -> Employee:
    """For whom it is asked. UnknownEmployee, NotYours."""
    me = rights.employee_of(by)
    if not by.may("timeoff:write"):
        raise NotYours
    if id is None:
        if me is None:
            raise UnknownEmployee(field="employee_id")
        return me
    if me is not None and me.pk == id:
        return me
    employee = employee_named(by, id)
    if not (rights.is_hr(by) or (kind == Kind.HOLIDAY_WORK and me is not None)):
        raise NotYours
    return employee


def _mine_for_update(id: int, by: Principal, expected_version: int | None) -> Request:
    request_seen_by(by, id)
    request = request_for_update(id)
    if not may_edit(by, request):
        raise NotYours
    refuse_stale(request, expected_version)
    return request


def _stripped(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if name == "comment" else value for name, value in changes.items()}
