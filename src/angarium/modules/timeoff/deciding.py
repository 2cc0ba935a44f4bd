"""The link in a letter by which somebody decides one request without signing in.

Its key names the request, who is asked, and the submission, and is signed as the letter is written, in a worker; it is
kept nowhere. It says who asks, and nothing of what they may: that is asked by the policy when the link is followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

from angarium.engine.identity.public import Person, Principal, of_person

from .errors import LinkSpent
from .lifecycle import Status
from .models import Employee, Request
from .rights import today_of, works_on

#: What somebody who comes by a link may use, whatever else they may do when they sign in.
SCOPES = frozenset({"timeoff:read", "timeoff:write"})
_signer = TimestampSigner(salt="angarium.timeoff.decision", sep=".")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who came by a link, as whom they act, and about what."""

    request: Request
    employee: Employee
    by: Principal


def submission_of(at: datetime | None) -> str:
    """What tells this submission of a request from any other."""
    return f"{at:%Y%m%d%H%M%S%f}" if at else ""


def key_of(request: int, employee: int, submission: str) -> str:
    """What stands in the address."""
    return _signer.sign(f"{request}-{employee}-{submission}")


def asked_by(key: str) -> Asked:
    """Who is asked about what by this key. LinkSpent when it is forged or too old, the request was withdrawn, or who
    was asked cannot sign in any more."""
    try:
        lasts = timedelta(hours=settings.TIMEOFF_LINK_HOURS)
        request_id, employee_id, submission = _signer.unsign(key, max_age=lasts).split("-")
        numbers = int(request_id), int(employee_id)
    except (BadSignature, ValueError):
        raise LinkSpent from None
    request = Request.objects.select_related("employee").filter(pk=numbers[0]).first()
    employee = Employee.objects.filter(pk=numbers[1]).first()
    if request is None or employee is None or not works_on(employee, today_of(employee)):
        raise LinkSpent
    if request.status in (Status.DRAFT, Status.WITHDRAWN):
        raise LinkSpent
    if submission_of(request.submitted_at) != submission:
        raise LinkSpent
    person = person_of(employee)
    if person is None:
        raise LinkSpent
    return Asked(request, employee, of_person(person, SCOPES))


def person_of(employee: Employee) -> Person | None:
    """Whoever signs in as this employee, while they may."""
    return Person.objects.filter(pk=employee.person, is_active=True).first() if employee.person else None
