"""What the timeoff module tells the world. No event carries a salary or a share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from .event import Event


class EmployeeEvent(Event, frozen=True, kw_only=True):
    """What every event about an employee carries."""

    employee_id: int
    name: str

    @property
    def subject(self) -> str:
        return f"timeoff.employee:{self.employee_id}"


class EmployeeHired(EmployeeEvent, frozen=True, kw_only=True):
    """An employee was entered."""

    type = "timeoff.employee_hired.v1"
    hired_on: date


class EmployeeUpdated(EmployeeEvent, frozen=True, kw_only=True):
    """Something about the employee changed; `changed` names the fields."""

    type = "timeoff.employee_updated.v1"
    changed: tuple[str, ...]


class EmployeeDismissed(EmployeeEvent, frozen=True, kw_only=True):
    """The employee's last day was set, or moved."""

    type = "timeoff.employee_dismissed.v1"
    dismissed_on: date


class EmployeeDeleted(EmployeeEvent, frozen=True, kw_only=True):
    """The employee's row was removed: it had been entered by mistake. `person` is who signed in as them."""

    type = "timeoff.employee_deleted.v1"
    person: UUID | None


class AbsenceChanged(Event, frozen=True, kw_only=True):
    """The days on which the employee is away are others; which they are is for whoever may read them to look up."""

    type = "timeoff.absence_changed.v1"
    employee_id: int

    @property
    def subject(self) -> str:
        return f"timeoff.employee:{self.employee_id}"


class RequestEvent(Event, frozen=True, kw_only=True):
    """What every event about a request carries: the request as it is after it. `start` and `end` are its first and its
    last day, `days` what it takes of the balance."""

    request_id: int
    employee_id: int
    kind: str
    start: date
    end: date
    days: Decimal
    status: str

    @property
    def subject(self) -> str:
        return f"timeoff.request:{self.request_id}"


class RequestDrafted(RequestEvent, frozen=True, kw_only=True):
    """A request was entered that nobody is asked to decide yet."""

    type = "timeoff.request_drafted.v1"


class RequestUpdated(RequestEvent, frozen=True, kw_only=True):
    """Something about the request changed besides its status; `changed` names the fields."""

    type = "timeoff.request_updated.v1"
    changed: tuple[str, ...]


class RequestSubmitted(RequestEvent, frozen=True, kw_only=True):
    """Somebody is asked to decide the request."""

    type = "timeoff.request_submitted.v1"


class RequestApproved(RequestEvent, frozen=True, kw_only=True):
    """The request was granted."""

    type = "timeoff.request_approved.v1"


class RequestRejected(RequestEvent, frozen=True, kw_only=True):
    """The request was refused."""

    type = "timeoff.request_rejected.v1"


class RequestWithdrawn(RequestEvent, frozen=True, kw_only=True):
    """Whoever asked took the request back before it was decided."""

    type = "timeoff.request_withdrawn.v1"


class RequestCancelled(RequestEvent, frozen=True, kw_only=True):
    """An approved request was called off."""

    type = "timeoff.request_cancelled.v1"


class RequestDeleted(RequestEvent, frozen=True, kw_only=True):
    """The request's row was removed."""

    type = "timeoff.request_deleted.v1"


class RequestEscalated(RequestEvent, frozen=True, kw_only=True):
    """Nobody decided the request in time; the next one up is asked."""

    type = "timeoff.request_escalated.v1"
    to: tuple[int, ...]


class RateEvent(Event, frozen=True, kw_only=True):
    """What every event about a rate carries; how much it is is not told."""

    rate_id: int
    employee_id: int
    valid_from: date
    valid_to: date | None

    @property
    def subject(self) -> str:
        return f"timeoff.rate:{self.rate_id}"


class RateRecorded(RateEvent, frozen=True, kw_only=True):
    """A rate of an employee is known from now on."""

    type = "timeoff.rate_recorded.v1"


class RateSuperseded(RateEvent, frozen=True, kw_only=True):
    """A rate is not what is known any more; others were recorded in its stead."""

    type = "timeoff.rate_superseded.v1"


class HolidayEvent(Event, frozen=True, kw_only=True):
    """What every event about a day of the calendar carries."""

    holiday_id: int
    day: date
    kind: str
    name: str

    @property
    def subject(self) -> str:
        return f"timeoff.holiday:{self.holiday_id}"


class HolidayEntered(HolidayEvent, frozen=True, kw_only=True):
    """The calendar has a day that is not as its weekday says."""

    type = "timeoff.holiday_entered.v1"


class HolidayUpdated(HolidayEvent, frozen=True, kw_only=True):
    """The day is another, or of another kind; what is named `old_…` says what it was."""

    type = "timeoff.holiday_updated.v1"
    old_day: date
    old_kind: str


class HolidayDeleted(HolidayEvent, frozen=True, kw_only=True):
    """The day is as its weekday says again."""

    type = "timeoff.holiday_deleted.v1"


class EntryPosted(Event, frozen=True, kw_only=True):
    """The ledger of an employee's days has another entry, other than an accrual."""

    type = "timeoff.entry_posted.v1"
    entry_id: int
    employee_id: int
    kind: str
    on: date
    days: Decimal

    @property
    def subject(self) -> str:
        return f"timeoff.entry:{self.entry_id}"
