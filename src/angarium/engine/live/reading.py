"""Reading the two logs on from a place, into frames."""

from __future__ import annotations

from dataclasses import dataclass, field

from angarium.engine.events.public import EVENTS, Event
from angarium.engine.ledger.public import changes_after

from .frames import Frame, of_changes, of_event
from .place import LOGS, Place, here

#: Entries of a log read at once.
MOST = 500
#: What may have changed somebody's rights.
ABOUT_RIGHTS = ("identity.", "live.")


@dataclass
class News:
    """What was read: the place reached, the frames up to there, and whose rights may have changed meanwhile.

    `broken` names logs in which the entries between are not to be had: what was missed is unknown.
    """

    place: Place
    frames: list[Frame] = field(default_factory=list)
    persons: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    more: bool = False


def read_on(place: Place | None) -> News:
    """Everything after this place, at most MOST entries of each log. Without a place it begins here."""
    head = here()
    if place is None or place.generation != head.generation:
        return News(head, broken=set(LOGS) if place else set())
    news = News(place)
    for log in LOGS:
        if head.at(log) > place.at(log):
            _read_log(news, log, head)
        elif head.at(log) < place.at(log):
            news.broken.add(log)
            news.place = news.place.moved(log, head.at(log))
    return news


def _read_log(news: News, log: str, head: Place) -> None:
    frames, reached = between(log, news.place, head.at(log), news.persons)
    if frames is None:
        news.broken.add(log)
        reached = head.at(log)
    news.frames += frames or []
    news.place = news.place.moved(log, reached)
    news.more |= reached < head.at(log)


def between(log: str, place: Place, upto: int, persons: set[str] | None = None) -> tuple[list[Frame] | None, int]:
    """The frames of a log after this place and up to a position, and how far they reach. None when some of the entries
    are not there any more. What may have changed rights is noted in `persons`: ids, or `*`."""
    after = place.at(log)
    if log == EVENTS:
        return _events(place, min(upto, after + MOST), persons)
    changes = changes_after(after, MOST)
    if changes is None:
        return None, after
    changes = [one for one in changes if one.position <= upto]
    return of_changes(changes, place.generation), changes[-1].position if changes else after


def _events(place: Place, upto: int, persons: set[str] | None) -> tuple[list[Frame] | None, int]:
    rows = list(Event.objects.filter(position__gt=place.events, position__lte=upto).order_by("position"))
    if len(rows) < upto - place.events:
        return None, place.events
    if persons is not None:
        for row in rows:
            if row.type.startswith(ABOUT_RIGHTS):
                persons.update(str(row.data.get(name) or "*") for name in ("person_id", "token_id") if name in row.data)
                persons.update({"*"} if not {"person_id", "token_id"} & set(row.data) else ())
    return [frame for row in rows if (frame := of_event(row, place.generation))], upto
