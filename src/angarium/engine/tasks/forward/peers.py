"""Who gets our events, as the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.conf import settings

from angarium.engine.ledger.public import Kind, register

#: The queue on a deployment's broker to which others send events, and the name of the Celery task that takes them.
QUEUE, TASK = "forwarded", "forward.take"
#: How the names of our kinds of operations begin; a peer's name follows.
FORWARD = "forward."
#: A forwarding ends by what its peer says and by nothing else; only processes that die with it spend claims.
MOST_CLAIMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Peer:
    """Another deployment: its name, its broker, and patterns (`lessons.*`) of the types of events that it gets."""

    name: str
    url: str
    types: tuple[str, ...] = ("*",)

    @property
    def kind(self) -> str:
        return FORWARD + self.name

    def wants(self, type: str) -> bool:
        return is_ours(type) and any(fnmatchcase(type, pattern) for pattern in self.types)


def peers() -> list[Peer]:
    return [Peer(one["name"], one["url"], tuple(one["types"])) for one in settings.FORWARD_TO]


def is_ours(type: str) -> bool:
    """Does the module that this type of event belongs to run here?"""
    return type.partition(".")[0] in settings.ANGARIUM_MODULES


def receipts_of(sender: str) -> str:
    """The queue on which this sender hears what was taken."""
    return f"receipts.{sender}"


def register_peers() -> None:
    """Make one kind of operation known for each peer. No queue of ours: the forwarder fetches them."""
    for peer in peers():
        register(Kind(peer.kind, "", MOST_CLAIMS))
