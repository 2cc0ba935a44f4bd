"""Calendar feeds, by the person whose they are: made, ended."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now
from angarium.kernel.errors import Conflict
from angarium.modules.timeoff import rights
from angarium.modules.timeoff.errors import PeopleOnly, UnknownDepartment
from angarium.modules.timeoff.models import Feed
from angarium.modules.timeoff.queries import feed_of, feeds_of, myself

#: Feeds that one person has at a time.
MOST = 20


def make_feed(*, by: Principal, department: int | None = None) -> Feed:
    """A new address for a calendar of one's own absences, or of a department's. PeopleOnly, NoEmployee for who has no
    absences, UnknownDepartment for one that is not theirs, Conflict when there are too many."""
    if by.kind != "person" or by.id is None:
        raise PeopleOnly
    with transaction.atomic():
        if department is None:
            myself(by)
        elif not rights.may_follow_team(by, department):
            raise UnknownDepartment(field="department_id")
        if feeds_of(by).count() >= MOST:
            raise Conflict(_("There are as many calendar feeds as there may be; end one of them first."))
        return Feed.objects.create(person=by.id, department_id=department)


def end_feed(id: UUID, *, by: Principal) -> None:
    """Whoever has the address gets nothing any more. NoFeed."""
    with transaction.atomic():
        feed = feed_of(by, id)
        feed.ended_at = now()
        feed.save(update_fields=["ended_at"])


def note_fetch(feed: Feed) -> None:
    """Remember when it was last fetched, to the hour."""
    at = now()
    if feed.fetched_at is None or (at - feed.fetched_at).total_seconds() >= 3600:
        Feed.objects.filter(pk=feed.pk).update(fetched_at=at)
