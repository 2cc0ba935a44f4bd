"""The door of the event log."""

from .errors import OutsideTransaction, Untrackable
from .log import Lag, events_of_subject, lag, prune, publish
from .models import Event
from .relay import UNSTAMPED, sink, stamp
from .tracking import TrackedManager, TrackedModel, TrackedQuerySet, tracked
from .wake import CHANNEL, LINGER, wake, wake_here, woken

__all__ = [
    "CHANNEL",
    "LINGER",
    "UNSTAMPED",
    "Event",
    "Lag",
    "OutsideTransaction",
    "TrackedManager",
    "TrackedModel",
    "TrackedQuerySet",
    "Untrackable",
    "events_of_subject",
    "lag",
    "prune",
    "publish",
    "sink",
    "stamp",
    "tracked",
    "wake",
    "wake_here",
    "woken",
]
