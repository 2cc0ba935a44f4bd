"""Calendars that programs fetch: the key in their addresses, and absences as iCalendar (RFC 5545).

The key is the row's id signed with the secret key and kept nowhere. Whoever has it sees what its person may see at that
moment, and nothing when the row is ended. Days are all-day events; an entry has the same UID in every fetch, and the
text depends on nothing but the absences, so that its digest tells whether anything has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.crypto import salted_hmac

from .errors import NoFeed

MOST_OCTETS = 75
_signer = Signer(salt="angarium.timeoff.feed", sep=".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Days from `start` to `end` inclusive, as a calendar shows them; `said` is when this was last so."""

    request: int
    title: str
    start: date
    end: date
    said: datetime
    is_certain: bool = True


def key_of(id: UUID) -> str:
    """What stands in the address."""
    return _signer.sign(id.hex)


def address_of(id: UUID, request: Any) -> str:
    """Where the calendar is fetched, under the address that the instance is known by, else the one asked now."""
    path = reverse("timeoff_api:fetched", args=[key_of(id)]).removesuffix("/")
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else str(request.build_absolute_uri(path))


def id_of(key: str) -> UUID:
    """The feed's id. NoFeed for a key that nobody here has signed."""
    try:
        return UUID(_signer.unsign(key))
    except (BadSignature, ValueError):
        raise NoFeed from None


def calendar(name: str, entries: Iterable[Away]) -> str:
    """The text of a calendar of this name, lines folded and ended as section 3.1 asks."""
    return "".join(f"{part}\r\n" for line in _lines(name, entries) for part in _folded(line))


def digest(text: str) -> str:
    """Another one for every other text."""
    return sha256(text.encode()).hexdigest()[:32]


def _lines(name: str, entries: Iterable[Away]) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Angarium//Time off//EN", "METHOD:PUBLISH")
    yield f"X-WR-CALNAME:{_text(name)}"
    yield "REFRESH-INTERVAL;VALUE=DURATION:PT1H"
    for entry in entries:
        uid = salted_hmac("angarium.timeoff.feed", str(entry.request), algorithm="sha256").hexdigest()[:32]
        yield from ("BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{entry.said.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        yield f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{entry.end + timedelta(days=1):%Y%m%d}"
        yield f"SUMMARY:{_text(entry.title)}"
        yield f"STATUS:{'CONFIRMED' if entry.is_certain else 'TENTATIVE'}"
        yield from ("TRANSP:TRANSPARENT", "END:VEVENT")
    yield "END:VCALENDAR"


def _text(value: str) -> str:
    """TEXT of section 3.3.11: backslash, semicolon and comma are escaped; what cannot be printed is left out."""
    for mark in ("\\", ";", ","):
        value = value.replace(mark, "\\" + mark)
    return "".join(character for character in value if character.isprintable())


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
