"""What every request is checked for, and the steps that are kept of it. The employee's row is locked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import Invalid
from angarium.modules.timeoff.balances import days_of
from angarium.modules.timeoff.calendar import DAY_MINUTES, Calendar, Period
from angarium.modules.timeoff.errors import NoHolidayThen, OutOfRange, OutsideEmployment, Overlapping
from angarium.modules.timeoff.lifecycle import Kind, Verdict
from angarium.modules.timeoff.models import Approval, Employee, Request
from angarium.modules.timeoff.queries import standing_requests

from .checks import clean

#: Days that one request has at most.
LONGEST = 366
MINUTES_AT_MOST = 1440


def prepare(request: Request, calendar: Calendar) -> None:
    """Check the request, and fill in what its days take. EndsBeforeItStarts, OutOfRange, OutsideEmployment,
    NoHolidayThen, Invalid."""
    period = Period(request.start, request.end)
    if len(period) > LONGEST:
        raise OutOfRange(_("A request has 366 days at most."), field="end", most=LONGEST)
    _check_employed(request)
    _check_minutes(request)
    if request.kind == Kind.HOLIDAY_WORK and all(map(calendar.is_working, period)):
        raise NoHolidayThen(field="start")
    clean(request)
    request.days = days_of(request, calendar)


def check_no_overlap(request: Request) -> None:
    """Overlapping when something else is asked for or granted on some of these days."""
    others = standing_requests(request.employee_id).exclude(pk=request.pk)
    if other := others.filter(start__lte=request.end, end__gte=request.start).order_by("start").first():
        raise Overlapping(field="start", request=other.pk, start=other.start, end=other.end)


def note_step(
    request: Request, verdict: Verdict, by: Principal, comment: str = "", on_behalf_of: Employee | None = None
) -> Approval:
    """Keep who did what with the request, and for whom."""
    step = Approval(request=request, verdict=verdict, person=by.id, name=by.name[:255], comment=comment.strip())
    step.on_behalf_of = on_behalf_of
    clean(step, "person")
    step.save()
    return step


def _check_employed(request: Request) -> None:
    employee = request.employee
    if request.start < employee.hired_on:
        raise OutsideEmployment(field="start", hired_on=employee.hired_on)
    if employee.dismissed_on is not None and request.end > employee.dismissed_on:
        raise OutsideEmployment(field="end", dismissed_on=employee.dismissed_on)


def _check_minutes(request: Request) -> None:
    if request.kind != Kind.HOLIDAY_WORK:
        if request.minutes is not None:
            raise Invalid(_("Only work on a holiday has minutes."), field="minutes")
        return
    request.minutes = DAY_MINUTES if request.minutes is None else request.minutes
    if not 1 <= request.minutes <= MINUTES_AT_MOST:
        raise OutOfRange(field="minutes", least=1, most=MINUTES_AT_MOST)
