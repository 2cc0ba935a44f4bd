"""What the settings say by themselves: secrets, openness, leases, time zones. These checks ask nobody."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.conf import settings

from .check import Severity, check
from .source import Source, here
from .strangers import who_else_may_come

SETTINGS = Source(name="settings", reach=here)
#: Django's own bounds for a secret key.
KEY_LENGTH, KEY_CHARACTERS = 50, 5
WELL_KNOWN = ("django-insecure-", "changeme", "change-me", "secret-key", "insecure")
#: Seconds between two renewals of a lease below which an ordinary pause of a machine costs one.
SHORTEST_RENEWAL, RENEWALS = 1.0, 3
#: One zone of each part of the world; whoever lacks one of them has no whole data.
ZONES = ("Europe/Moscow", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Australia/Sydney")


@check(
    "ANG009",
    "DEBUG is on where others may come",
    of=SETTINGS,
    severity=Severity.WARNING,
    why="With DEBUG every error shows settings and source to whoever caused it, and each process keeps the text of "
    "every query that it makes, so workers grow until they are killed.",
    remedy="Set DEBUG=0 everywhere but in the one process on your own machine.",
)
def debug(_: None) -> Iterator[str]:
    fleet = not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    others = who_else_may_come()
    if settings.DEBUG and (fleet or others):
        yield f"DEBUG is on, and {f'others may come as {others[0]}' if others else 'the database is a server'}."


@check(
    "ANG010",
    "The secret key can be guessed",
    of=SETTINGS,
    severity=Severity.WARNING,
    why="Sessions, links in letters and forms are signed with SECRET_KEY: whoever guesses it is whoever they like.",
    remedy="Make one with deploy/secrets.sh, or leave SECRET_KEY empty on a single machine, which then makes and "
    "keeps its own. Everybody has to sign in again.",
)
def secret_key(_: None) -> Iterator[str]:
    key = str(settings.SECRET_KEY)
    if key.lower().startswith(WELL_KNOWN):
        yield "SECRET_KEY begins with words that stand in examples."
    elif len(key) < KEY_LENGTH or len(set(key)) < KEY_CHARACTERS:
        yield (
            f"SECRET_KEY has {len(key)} characters, {len(set(key))} of them different; it needs {KEY_LENGTH} and "
            f"{KEY_CHARACTERS}."
        )


@check(
    "ANG011",
    "A lease is shorter than three sensible renewals",
    of=SETTINGS,
    severity=Severity.WARNING,
    why="A worker renews its leases every third of LEASE_SECONDS. When that is less than a second, a machine that "
    "pauses for a moment loses its work to another worker: it is done again from the start, and the first outcome is "
    "refused.",
    remedy="Set LEASE_SECONDS to 3 or more; 30 is the default.",
)
def lease(_: None) -> Iterator[str]:
    seconds = settings.LEASE_SECONDS
    if seconds < RENEWALS * SHORTEST_RENEWAL:
        yield f"LEASE_SECONDS is {seconds}: a worker has {seconds / RENEWALS:.1f} s for each renewal."


@check(
    "ANG012",
    "Time zone data is missing",
    of=SETTINGS,
    severity=Severity.ERROR,
    why="Lessons, reminders and quiet hours go by people's own clocks. Without the IANA data a zone that somebody "
    "chose elsewhere cannot be read, and whatever needs it fails.",
    remedy="Install the package tzdata (pip install tzdata, or the one of the distribution) for every process.",
)
def time_zones(_: None) -> Iterator[str]:
    missing = [name for name in {*ZONES, settings.TIME_ZONE} if not _loads(name)]
    if missing:
        yield f"This machine does not know {', '.join(sorted(missing))}."


def _loads(name: str) -> bool:
    try:
        ZoneInfo.no_cache(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
