"""A lesson as an entry of people's calendars: iCalendar (RFC 5545), sent by the rules of iTIP (RFC 5546).

REQUEST enters or changes an entry, CANCEL takes it out, PUBLISH is for who fetches it. An entry is known by its UID;
of two messages about it a calendar keeps the one with the greater SEQUENCE, which is the lesson's version and so grows
with every change. Times are in UTC: an instant needs no VTIMEZONE, and a calendar shows it on its reader's own clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
MOST_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a name and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a calendar shows of a lesson. `stamp` is when this was said, `sequence` the lesson's version."""

    lesson: int
    sequence: int
    stamp: datetime
    title: str
    start: datetime
    minutes: int
    organizer: Party
    attendees: Sequence[Party]
    description: str = ""
    cancelled: bool = False

    @property
    def uid(self) -> str:
        """The same for as long as the lesson lives; the organizer's domain tells installations apart."""
        return f"lesson-{self.lesson}@{self.organizer.address.rpartition('@')[2] or 'localhost'}"


def calendar(entry: Entry, method: Method) -> str:
    """The text of a calendar object with this one entry, lines folded and ended as section 3.1 asks."""
    return "".join(f"{part}\r\n" for line in _lines(entry, method) for part in _folded(line))


def _lines(entry: Entry, method: Method) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Angarium//Lessons//EN", f"METHOD:{method}", "BEGIN:VEVENT")
    yield f"UID:{entry.uid}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{_utc(entry.stamp)}"
    yield f"DTSTART:{_utc(entry.start)}"
    yield f"DTEND:{_utc(entry.start + timedelta(minutes=entry.minutes))}"
    yield f"SUMMARY:{_text(entry.title)}"
    if entry.description:
        yield f"DESCRIPTION:{_text(entry.description)}"
    yield f"ORGANIZER;CN={_parameter(entry.organizer.name)}:mailto:{entry.organizer.address}"
    for party in entry.attendees:
        yield f"ATTENDEE;CN={_parameter(party.name)};ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:{party.address}"
    yield f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}"
    yield from ("TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """TEXT of section 3.3.11: backslash, semicolon and comma are escaped, a line break is written out."""
    for mark in ("\\", ";", ","):
        value = value.replace(mark, "\\" + mark)
    return "".join("\\n" if c == "\n" else c for c in value.replace("\r\n", "\n") if c == "\n" or c.isprintable())


def _parameter(value: str) -> str:
    """A quoted parameter value of section 3.2: it cannot hold quotes or control characters."""
    return '"' + "".join(c for c in value.replace('"', "'") if c.isprintable()) + '"'


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, never cut inside a character; each but the first begins with a space."""
    piece, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > MOST_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece, octets = piece + character, octets + size
    yield piece
