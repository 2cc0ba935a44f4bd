"""The daily letters: how somebody's projects stand, and what was kept for them since the last one.

    begin_days (each quarter of an hour)   one operation for each person whose hour has come, unique for person and day
    tell_day                               one transaction: reports, summary, digest; what it kept for is told once
    send_daily_summary (08:00 UTC)         reports of all projects; a summary of all to each address of PROJECTS_NOTIFY

A summary without a task, and a digest without anything, are not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import override

from angarium.engine.delivery.public import Attachment, Recipient
from angarium.engine.identity.public import Person, of_person

from . import pictures
from .choices import HOUR, Reason, Way
from .choosing import wishes_of
from .counting import Standing, report, standings, sums_of, week
from .hours import days_begun, zone_named
from .letters import in_words, reader, when, write_daily
from .models import Member, Notice, Preference, Project
from .queries import projects_seen_by

#: Projects, and lines, that one letter tells of; of the others it says how many there are.
MOST = 200


def whose_hour_came(after: datetime, until: datetime) -> Iterator[tuple[UUID, date]]:
    """Members, and others for whom something is kept, whose hour came in (after, until]; each with the day there."""
    known = Person.objects.filter(pk__in=Member.objects.values("person"), is_active=True)
    others = Person.objects.filter(pk__in=Notice.objects.filter(letter__isnull=True).values("person"), is_active=True)
    hours = dict(Preference.objects.values_list("person", "hour"))
    for person, zone in (known | others).distinct().values_list("pk", "timezone"):
        for day in days_begun(after, until, zone_named(zone), hours.get(person, HOUR)):
            yield person, day


def tell_day(person: Person, day: date, at: datetime, operation: UUID) -> dict[str, Any]:
    """Write one person's letters of one day, in the caller's transaction. Says which were written."""
    wishes = wishes_of([person.pk])[person.pk]
    mine = standings(Project.objects.filter(members__person=person.pk), at)
    ways = {one.project: wishes.way(Reason.SUMMARY, one.project) for one in mine}
    wanted = [one for one in mine if ways[one.project] != Way.NONE]
    made = report(wanted, day, operation)
    alone = [one for one in wanted if ways[one.project] == Way.EMAIL]
    within = [one for one in wanted if ways[one.project] == Way.DIGEST]
    letters = []
    if person.email:
        letters = [*_summary(alone, day, reader(person)), *_digest(person, within, day, at)]
    return {"reports": made, "letters": letters}


def tell_address(address: Recipient, found: Sequence[Standing], day: date) -> list[str]:
    """Write how all projects stand to an address."""
    return list(_summary(found, day, address))


def _summary(found: Sequence[Standing], day: date, to: Recipient) -> Iterator[str]:
    if not any(one.total for one in found):
        return
    picture = Attachment.of_bytes(f"week-{day}.png", "image/png", pictures.week(week(found, day)))
    with override(to.language):
        context = _counts(found) | {"day": date_format(day, "DATE_FORMAT"), "picture": picture.cid}
    key = f"projects.summary:{to.id}:{day}"
    write_daily("summary", to, key, context, [picture])
    yield key


def _digest(person: Person, within: Sequence[Standing], day: date, at: datetime) -> Iterator[str]:
    """What is kept is told, and marked as told, in one transaction; what comes meanwhile is for the next letter."""
    waiting = Notice.objects.select_for_update().filter(person=person.pk, letter__isnull=True)
    kept = list(waiting.order_by("project", "task", "id"))
    seen = set(projects_seen_by(of_person(person)).values_list("pk", flat=True))
    alive = [one for one in kept if one.project in seen and (one.until is None or one.until > at)]
    within = within if any(one.total for one in within) else []
    told = [one.pk for one in alive]
    Notice.objects.filter(pk__in={one.pk for one in kept} - set(told)).delete()
    if not alive and not within:
        return
    to = reader(person)
    with override(to.language):
        context = _counts(within) | {"day": date_format(day, "DATE_FORMAT"), "lines": _lines(alive[:MOST], to)}
    key = f"projects.digest:{to.id}:{day}"
    letter = write_daily("digest", to, key, context | {"more_lines": max(len(alive) - MOST, 0)})
    Notice.objects.filter(pk__in=told).update(letter=letter.pk)
    yield key


def _lines(kept: Iterable[Notice], to: Recipient) -> list[dict[str, str]]:
    found = []
    for one in kept:
        heading, sentence = in_words(one.reason, one.words)
        line = {"heading": heading, "sentence": sentence, "project": one.words.get("project", "")}
        if one.reason != Reason.COMMENTED and one.words.get("by"):
            line["by"] = one.words["by"]
        found.append(line | {"due": when(one.words.get("due", ""), to.timezone)})
    return found


def _counts(found: Sequence[Standing]) -> dict[str, Any]:
    rows = [{"name": one.name, "total": one.total, **one.counts} for one in found[:MOST]]
    return {"projects": rows, "more": max(len(found) - MOST, 0), "all": sums_of(found)}
