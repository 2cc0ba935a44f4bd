"""Other deployments: whether ours can hand its events to them, and whether somebody here takes theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from angarium.engine.tasks.public import FORWARDED, PeerFound, Process, ask_peers, forward_lags, processes

from .check import Severity, check
from .database import TABLES, Database
from .source import Source
from .wording import one_line, place

#: Seconds that an event may be on its way to a peer that is well, whatever the load.
LATE = 120.0


@contextmanager
def asked() -> Iterator[list[PeerFound]]:
    yield ask_peers()


PEERS: Source[list[PeerFound]] = Source(name="peers", reach=asked, wanted=lambda: bool(settings.FORWARD_TO))


@check(
    "ANG070",
    "A peer's broker does not answer",
    of=PEERS,
    severity=Severity.ERROR,
    why="Events for that deployment wait in the ledger here, however many they become; nothing else waits for it, and "
    "they go as soon as it is back.",
    remedy="Start that broker, or mend its URL and password in FORWARD_TO.",
)
def away(found: list[PeerFound]) -> Iterator[str]:
    for one in found:
        if one.error is not None:
            yield f"The broker of {one.peer.name} at {place(one.peer.url)} does not answer: {one_line(one.error)}."


@check(
    "ANG071",
    "Nobody at a peer takes our events",
    of=PEERS,
    severity=Severity.ERROR,
    why="They lie in its queue and are sent again now and then until a worker there has taken them.",
    remedy="Start its workers, without -Q or with the queue `forwarded`, and name this deployment in its FORWARD_FROM.",
)
def untaken(found: list[PeerFound]) -> Iterator[str]:
    for one in found:
        if one.takers == 0:
            yield f"Nobody takes from the queue {FORWARDED} of {one.peer.name}."


@check(
    "ANG072",
    "Events wait for another deployment",
    of=TABLES,
    severity=Severity.WARNING,
    why="That deployment, its broker or its workers are away, or it does not name us in its FORWARD_FROM. Nothing is "
    "lost, and nothing that it should do about these events has begun.",
    remedy="See ANG070 and ANG071; the lines forward.peer_away and forward.unheard in the logs of workers and relays "
    "say more.",
)
def waiting(_: Database) -> Iterator[str]:
    for name, number, seconds in forward_lags():
        if seconds > LATE:
            yield f"{number} events wait for {name}, the oldest for {seconds:.0f} s."


@check(
    "ANG073",
    "Nobody here takes the events of other deployments",
    of=TABLES,
    severity=Severity.ERROR,
    why="Workers that were started with -Q take from the queues named there and from no other. What others send waits "
    "at our broker and is sent again and again.",
    remedy="Start a worker without -Q, or one that names the queue `forwarded`.",
)
def inbox(_: Database) -> Iterator[str]:
    workers = [
        one for one in processes() if not one.silent and one.role in {Process.Role.WORKER, Process.Role.EMBEDDED}
    ]
    if settings.FORWARD_FROM and workers and not any(FORWARDED in one.queues for one in workers):
        yield f"FORWARD_FROM names {', '.join(settings.FORWARD_FROM)}, and no worker takes from the queue {FORWARDED}."
