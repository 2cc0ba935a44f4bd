"""The door of the event log."""

from .errors import OutsideTransaction, Untrackable
from .log import Lag, events_of_subject, lag, prune, publish
from .models import Event
from .positions import EVENTS, WORK, after_stamping, begin_generation, heads, locked_position, moved
from .relay import UNSTAMPED, sink, stamp
from .tracking import TrackedManager, TrackedModel, TrackedQuerySet, tracked
from .wake import CALM, CHANNEL, LINGER, nudge, wake, wake_here, woken

__all__ = [
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
    "after_stamping",
    "begin_generation",
    "events_of_subject",
    "heads",
    "lag",
    "locked_position",
    "moved",
    "nudge",
    "prune",
    "publish",
    "sink",
    "stamp",
    "tracked",
    "wake",
    "wake_here",
    "woken",
]
