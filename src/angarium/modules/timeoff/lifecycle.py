"""What can become of a request, as a table, and which events a change of a row means. Pure: no row is read here.

A draft is nobody's business but its author's. A submitted request reserves its days until it is decided or withdrawn;
an approved one can be cancelled, which gives its days back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.contracts import timeoff as contract
from angarium.contracts.event import Event
from angarium.kernel.transitions import IllegalMove, Lifecycle


class Kind(TextChoices):
    """What is asked for. `holiday_work` is work on a day that is free for others; the rest is being away."""

    VACATION = "vacation", _("vacation")
    DAY_OFF = "day_off", _("day off")
    UNPAID = "unpaid", _("unpaid leave")
    HOLIDAY_WORK = "holiday_work", _("work on a holiday")


class Status(TextChoices):
    DRAFT = "draft", pgettext_lazy("request", "draft")
    SUBMITTED = "submitted", pgettext_lazy("request", "submitted")
    APPROVED = "approved", pgettext_lazy("request", "approved")
    REJECTED = "rejected", pgettext_lazy("request", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")
    CANCELLED = "cancelled", pgettext_lazy("request", "cancelled")


class Role(TextChoices):
    """What somebody is in the module besides a manager, which is told by whom they manage."""

    EMPLOYEE = "employee", _("employee")
    HR = "hr", _("human resources")


class DayKind(TextChoices):
    """How a day differs from its weekday: a public holiday (art. 112), a day off that was transferred, a Saturday that
    is worked, a day an hour shorter (art. 95)."""

    PUBLIC = "public", _("public holiday")
    TRANSFERRED = "transferred", _("transferred day off")
    WORKING_SATURDAY = "working_saturday", _("working Saturday")
    SHORT_DAY = "short_day", _("short day")


class EntryKind(TextChoices):
    """Why days were added to a balance, or taken from it."""

    ACCRUAL = "accrual", _("accrual")
    OPENING = "opening", _("brought in")
    USE = "use", _("days taken")
    RESTORATION = "restoration", _("days given back")
    CORRECTION = "correction", _("correction")
    PAYOUT = "payout", _("paid out")


class Verdict(TextChoices):
    """What was done to a request by somebody, step by step."""

    SUBMITTED = "submitted", pgettext_lazy("request", "submitted")
    APPROVED = "approved", pgettext_lazy("request", "approved")
    REJECTED = "rejected", pgettext_lazy("request", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")
    CANCELLED = "cancelled", pgettext_lazy("request", "cancelled")
    ESCALATED = "escalated", pgettext_lazy("request", "escalated")


LIFECYCLE = Lifecycle(
    "request",
    {
        "draft": ["submitted", "withdrawn"],
        "submitted": ["approved", "rejected", "withdrawn"],
        "approved": ["cancelled"],
        "rejected": [],
        "withdrawn": [],
        "cancelled": [],
    },
    initial=["draft", "submitted"],
)
#: Requests whose days nobody else may have: the first reserve theirs, the second have taken them.
STANDING = ("submitted", "approved")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeSnapshot:
    """The columns of an employee that events are made of."""

    id: int
    person: UUID | None
    name: str
    email: str
    department_id: int | None
    manager_id: int | None
    role: str
    hired_on: date
    dismissed_on: date | None
    vacation_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSnapshot:
    """The columns of a request that events are made of."""

    id: int
    employee_id: int
    kind: str
    start: date
    end: date
    minutes: int | None
    days: Decimal
    status: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSnapshot:
    """The columns of a rate that events are made of; what it amounts to is not among them."""

    id: int
    employee_id: int
    valid_from: date
    valid_to: date | None
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidaySnapshot:
    """The columns of a day of the calendar that events are made of."""

    id: int
    day: date
    kind: str
    name: str


def employee_events(before: EmployeeSnapshot | None, after: EmployeeSnapshot | None) -> Iterable[Event]:
    """Hired, updated and dismissed, in this order."""
    shown = after or before
    if shown is None:
        return
    named: dict[str, Any] = {"employee_id": shown.id, "name": shown.name}
    if after is None:
        yield contract.EmployeeDeleted(person=shown.person, **named)
        return
    if before is None:
        yield contract.EmployeeHired(hired_on=after.hired_on, **named)
    elif changed := _changed(before, after):
        yield contract.EmployeeUpdated(changed=changed, **named)
    if after.dismissed_on is not None and (before is None or before.dismissed_on != after.dismissed_on):
        yield contract.EmployeeDismissed(dismissed_on=after.dismissed_on, **named)


def request_events(before: RequestSnapshot | None, after: RequestSnapshot | None) -> Iterable[Event]:
    """The events that a change of a request means. Raises IllegalMove for a change of status that the table lacks."""
    if after is None:
        return [] if before is None else [contract.RequestDeleted(**facts(before))]
    return list(_of_new(after) if before is None else _of_changed(before, after))


def _of_new(after: RequestSnapshot) -> Iterator[Event]:
    if after.status not in LIFECYCLE.initial:
        legal = ", ".join(LIFECYCLE.initial)
        raise IllegalMove(
            f"A request cannot be made as {after.status}; it may be made as: {legal}.",
            current=None,
            requested=after.status,
            allowed=list(LIFECYCLE.initial),
        )
    yield _of_status(after)


def _of_changed(before: RequestSnapshot, after: RequestSnapshot) -> Iterator[Event]:
    if changed := tuple(name for name in _changed(before, after) if name != "status"):
        yield contract.RequestUpdated(changed=changed, **facts(after))
    if before.status != after.status:
        LIFECYCLE.check(before.status, after.status)
        yield _of_status(after)


def _of_status(after: RequestSnapshot) -> contract.RequestEvent:
    """The event of having come to this status."""
    match after.status:
        case "draft":
            return contract.RequestDrafted(**facts(after))
        case "submitted":
            return contract.RequestSubmitted(**facts(after))
        case "approved":
            return contract.RequestApproved(**facts(after))
        case "rejected":
            return contract.RequestRejected(**facts(after))
        case "withdrawn":
            return contract.RequestWithdrawn(**facts(after))
    return contract.RequestCancelled(**facts(after))


def facts(request: RequestSnapshot) -> dict[str, Any]:
    """What every event about this request carries."""
    names = ("employee_id", "kind", "start", "end", "days", "status")
    return {"request_id": request.id, **{name: getattr(request, name) for name in names}}


def rate_events(before: RateSnapshot | None, after: RateSnapshot | None) -> Iterable[Event]:
    """A rate is recorded once, and superseded at most once."""
    if after is None:
        return []
    names = ("employee_id", "valid_from", "valid_to")
    told = {"rate_id": after.id, **{name: getattr(after, name) for name in names}}
    if before is None:
        return [contract.RateRecorded(**told)]
    return [contract.RateSuperseded(**told)] if before.superseded_at is None and after.superseded_at else []


def holiday_events(before: HolidaySnapshot | None, after: HolidaySnapshot | None) -> Iterable[Event]:
    """A day was entered, changed or taken out."""
    shown = after or before
    if shown is None or before == after:
        return []
    told: dict[str, Any] = {"holiday_id": shown.id, "day": shown.day, "kind": shown.kind, "name": shown.name}
    if before is None:
        return [contract.HolidayEntered(**told)]
    if after is None:
        return [contract.HolidayDeleted(**told)]
    return [contract.HolidayUpdated(old_day=before.day, old_kind=before.kind, **told)]


def _changed(before: Any, after: Any) -> tuple[str, ...]:
    names = sorted(field.name for field in fields(before) if field.name != "id")
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
