"""Redis (or Valkey): as broker, where what it forgets is late, and as what wakes browsers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings

from .celery import scheme
from .check import Severity, check, unseen
from .source import Away, Source
from .wording import one_line, place

#: Seconds for connecting and for each answer.
PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server says of itself; `client` may ask it more."""

    url: str
    info: dict[str, Any]
    client: redis.Redis


@contextmanager
def reached(url: str) -> Iterator[Asked]:
    """Away when it does not answer."""
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None, decode_responses=True
        )
        info = client.info()
    except (redis.RedisError, ValueError) as error:
        raise Away(f"Redis at {place(url)} does not answer as it should: {one_line(error)}.") from error
    with client:
        yield Asked(url, info, client)


def same_server(one: str, other: str) -> bool:
    return place(one).partition("://")[2] == place(other).partition("://")[2]


def _database(url: str) -> str:
    return urlsplit(url).path.strip("/") or "0"


BROKER: Source[Asked] = Source(
    name="Redis as broker",
    reach=lambda: reached(settings.CELERY_BROKER_URL),
    wanted=lambda: scheme() == "redis",
    away=unseen(
        "ANG020",
        "The broker (Redis) does not answer",
        source="Redis as broker",
        why="Requests do not wait for it, and what is accepted waits in the database; but nothing is worked on.",
        remedy="Start it, or mend CELERY_BROKER_URL; worker and relay find it again by themselves.",
    ),
)
LIVE: Source[Asked] = Source(
    name="Redis for live frames",
    reach=lambda: reached(settings.REDIS_URL),
    wanted=lambda: bool(settings.REDIS_URL) and not same_server(settings.REDIS_URL, settings.CELERY_BROKER_URL),
    away=unseen(
        "ANG024",
        "The Redis that wakes browsers does not answer",
        source="Redis for live frames",
        severity=Severity.WARNING,
        why="Pages and streams still hear of everything, but only when somebody next looks: after a second, not at "
        "once.",
        remedy="Start it, or mend REDIS_URL.",
    ),
)


@check(
    "ANG021",
    "Redis pushes queues out when it is full",
    of=BROKER,
    severity=Severity.ERROR,
    why="Queues are keys. With any policy but noeviction a server at maxmemory throws them away with the messages in "
    "them, and says nothing; the ledger calls for that work again, late.",
    remedy="Set maxmemory-policy noeviction, or give the broker a server of its own.",
)
def evicting(server: Asked) -> Iterator[str]:
    policy, most = server.info.get("maxmemory_policy", "noeviction"), int(server.info.get("maxmemory", 0))
    if policy != "noeviction":
        bound = f"{most} bytes are its bound" if most else "it has no bound yet"
        yield f"maxmemory-policy of {place(server.url)} is {policy}; {bound}."


@check(
    "ANG022",
    "Redis forgets its queues when it restarts",
    of=BROKER,
    severity=Severity.WARNING,
    why="Without the append-only file and without snapshots a restart empties it. Nothing is lost, for the ledger has "
    "it all, but what had been published waits until it is called for again: up to fifteen minutes.",
    remedy="Set appendonly yes (or save 60 1).",
)
def forgetful(server: Asked) -> Iterator[str]:
    if not server.info.get("aof_enabled") and not server.client.config_get("save").get("save"):
        yield f"{place(server.url)} has appendonly off and no save."


@check(
    "ANG023",
    "Queues share a database of Redis with what pushes them out",
    of=BROKER,
    severity=Severity.WARNING,
    why="Whoever fills that database (a cache, sessions) makes the server push keys out, and some of them are queues; "
    "a FLUSHDB there empties the broker.",
    remedy="Give REDIS_URL another server, at the least another database, and the broker maxmemory-policy noeviction.",
)
def shared(server: Asked) -> Iterator[str]:
    other, evicts = settings.REDIS_URL, server.info.get("maxmemory_policy", "noeviction") != "noeviction"
    if evicts and other and same_server(other, server.url) and _database(other) == _database(server.url):
        yield f"REDIS_URL and CELERY_BROKER_URL are both database {_database(other)} of {place(server.url)}."
