"""What runs in a worker: letters about requests, escalation, accruals, and requests that follow the calendar."""

from __future__ import annotations

from datetime import timedelta

from django.db import OperationalError, transaction

from angarium.contracts import timeoff as told
from angarium.engine.events.public import Event, publish
from angarium.engine.live.public import rights_changed
from angarium.engine.observability.public import get_logger, note
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, Slot, crontab, task
from angarium.kernel.clock import now

from . import balances, telling
from .actions import escalate_request, recalculate_requests
from .asking import next_up, overdue
from .errors import NoRequest
from .models import Employee
from .queries import request_for_update
from .queries.requests import AWAY

_log = get_logger(__name__)
QUARTER = timedelta(minutes=15)
LONG = timedelta(minutes=30)
DAY = timedelta(days=1)
#: What of an employee says who may see whom.
PLACE = frozenset({"person", "department_id", "manager_id", "role", "dismissed_on"})
TOLD = (
    told.RequestSubmitted,
    told.RequestEscalated,
    told.RequestApproved,
    told.RequestRejected,
    told.RequestWithdrawn,
    told.RequestCancelled,
)


@task(on=TOLD, outside=True, timeout=LONG)
def tell_of_request(run: Run, event: told.RequestEvent) -> Outcome:
    """Write to whoever decides, and to whom the request is about. Each letter is asked for in a transaction of its own,
    hence `outside`: five hundred of them hold nobody up."""
    logged = Event.objects.filter(uid=run.claim.event_id).first() if run.claim.event_id else None
    if logged is None:
        return Cancel("The event is not in the log any more.")
    note(request_id=logged.request_id or None)
    return Done(telling.tell(event, logged))


@task(on=(told.RequestApproved, told.RequestCancelled))
def tell_colleagues(event: told.RequestEvent) -> Outcome:
    """Tell who looks at the team's calendar that somebody's days of absence are others; of work nothing."""
    if event.kind not in AWAY:
        return Cancel("It is no absence.")
    publish(told.AbsenceChanged(employee_id=event.employee_id))
    return Done()


@task(on=(told.EmployeeHired, told.EmployeeUpdated, told.EmployeeDismissed, told.EmployeeDeleted))
def ask_rights_again(event: told.EmployeeEvent) -> Outcome:
    """Have it asked again who may follow what, where an employee's place is another."""
    if isinstance(event, told.EmployeeUpdated) and not PLACE.intersection(event.changed):
        return Cancel("Their place is the same.")
    rights_changed()
    return Done()


@task(every=QUARTER, catch_up=QUARTER, outside=True, timeout=LONG)
def escalate_requests(slot: Slot) -> Done:
    """Ask the next one up about requests that nobody has decided in time. Each is a transaction of its own; what goes
    wrong with one is tried again by the next slot."""
    found = {"escalated": 0, "broken": 0}
    for id in list(overdue(now()).values_list("pk", flat=True)):
        try:
            found["escalated"] += _escalated(id)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  one request must not keep the others from being escalated
            _log.warning("timeoff.escalation_failed", timeoff_request=id, exc_info=error)
            found["broken"] += 1
    return Done(found)


def _escalated(id: int) -> bool:
    """Ask whoever is next, unless another slot has done so, or somebody has decided, while this one came to it."""
    with transaction.atomic():
        try:
            request = request_for_update(id)
        except NoRequest:
            return False
        return overdue(now()).filter(pk=id).exists() and escalate_request(id, to=next_up(request))


@task(every=crontab(minute="20", hour="2"), catch_up=DAY, outside=True, timeout=LONG)
def store_accruals(slot: Slot) -> Done:
    """Enter the accruals of the months that were complete yesterday; a hundred employees are one transaction."""
    ids = list(Employee.objects.order_by("pk").values_list("pk", flat=True))
    return Done({"entries": balances.store_accruals(ids, (slot.at - DAY).date())})


@task(on=(told.HolidayEntered, told.HolidayUpdated, told.HolidayDeleted), outside=True, timeout=LONG)
def follow_calendar(event: told.HolidayEvent) -> Done:
    """Let the requests over a day that has changed take what the calendar now says."""
    days = {event.day, event.old_day} if isinstance(event, told.HolidayUpdated) else {event.day}
    return Done({"requests": recalculate_requests(days)})
