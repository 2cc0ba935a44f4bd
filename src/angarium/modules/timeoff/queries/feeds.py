"""Calendar feeds: one's own, the one that a key opens, and what is in it at this moment."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from angarium.engine.identity.public import Person, Principal, of_person
from angarium.kernel.clock import now
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.errors import NoFeed
from angarium.modules.timeoff.feeds import Away, calendar, id_of
from angarium.modules.timeoff.lifecycle import STANDING, Kind, Status
from angarium.modules.timeoff.models import Department, Employee, Feed, Request

from .requests import AWAY

#: Days back and ahead that a calendar shows, and entries that it has at most.
BACK, AHEAD, MOST = timedelta(days=366), timedelta(days=731), 5000
#: What whoever comes with a key may use, whatever else the person may do.
READING = frozenset({"timeoff:read"})


def feeds_of(by: Principal) -> QuerySet[Feed]:
    """Those that this person has made and not ended."""
    if by.kind != "person" or by.id is None:
        return Feed.objects.none()
    mine = Feed.objects.filter(person=by.id, ended_at=None)
    return mine.select_related("department").order_by("created_at", "id")


def feed_of(by: Principal, id: UUID) -> Feed:
    """NoFeed for whatever is not one's own."""
    found = feeds_of(by).filter(pk=id).first()
    if found is None:
        raise NoFeed
    return found


def teams_of(by: Principal) -> QuerySet[Department]:
    """The departments whose absences this person may have in a calendar."""
    return Department.objects.filter(rights.teams_seen(by))


def feed_opened_by(key: str) -> Feed:
    """The feed of this key, asked by the rights that its person has now. NoFeed, whatever is wrong with it."""
    feed = Feed.objects.select_related("department").filter(pk=id_of(key), ended_at=None).first()
    person = Person.objects.filter(pk=feed.person, is_active=True).first() if feed is not None else None
    if feed is None or person is None:
        raise NoFeed
    by = of_person(person, READING)
    if feed.department_id is None:
        may = rights.employee_of(by) is not None
    else:
        may = rights.may_follow_team(by, feed.department_id)
    if not may:
        raise NoFeed
    return feed


def text_of(feed: Feed) -> str:
    """The calendar: one's own absences with what they are; a team's only with who is away, and approved days only. In
    the language of its person."""
    person = Person.objects.get(pk=feed.person)
    with override(person.language or None) if person.language else override(None, deactivate=False):
        rows = list(_rows(feed).select_related("employee").order_by("start", "id")[:MOST])
        name = feed.department.name if feed.department else _("Time off")
        return calendar(name, [_entry(row, feed.department_id is not None) for row in rows])


def _rows(feed: Feed) -> QuerySet[Request]:
    today = now().date()
    away = Request.objects.filter(kind__in=AWAY, end__gte=today - BACK, start__lte=today + AHEAD)
    if feed.department_id is None:
        return away.filter(employee__person=feed.person, status__in=STANDING)
    team = Employee.objects.filter(department=feed.department_id)
    return away.filter(employee__in=team, status=Status.APPROVED)


def _entry(row: Request, of_team: bool) -> Away:
    return Away(
        request=row.pk,
        title=f"{row.employee.name}: {_('away')}" if of_team else str(Kind(row.kind).label),
        start=row.start,
        end=row.end,
        said=row.decided_at or row.submitted_at or row.created_at,
        is_certain=row.status == Status.APPROVED,
    )
