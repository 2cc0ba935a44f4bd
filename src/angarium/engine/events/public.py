"""The door of the event log."""

from .committed import after_commit, tell_here
from .errors import OutsideTransaction, Untrackable
from .foreign import insert_foreign
from .log import Lag, events_of_subject, lag, prune, publish
from .models import Event
from .positions import (
    CACHES,
    EVENTS,
    WORK,
    after_stamping,
    begin_generation,
    generations,
    heads,
    locked_position,
    moved,
    renew_generation,
)
from .relay import UNSTAMPED, sink, stamp
from .tracking import TrackedManager, TrackedModel, TrackedQuerySet, tracked
from .wake import CALM, CHANNEL, LINGER, nudge, wake, wake_here, woken

__all__ = [
    "CACHES",
    "CALM",
    "CHANNEL",
    "EVENTS",
    "LINGER",
    "UNSTAMPED",
    "WORK",
    "Event",
    "Lag",
    "OutsideTransaction",
    "TrackedManager",
    "TrackedModel",
    "TrackedQuerySet",
    "Untrackable",
    "after_commit",
    "after_stamping",
    "begin_generation",
    "events_of_subject",
    "generations",
    "heads",
    "insert_foreign",
    "lag",
    "locked_position",
    "moved",
    "nudge",
    "prune",
    "publish",
    "renew_generation",
    "sink",
    "stamp",
    "tell_here",
    "tracked",
    "wake",
    "wake_here",
    "woken",
]
