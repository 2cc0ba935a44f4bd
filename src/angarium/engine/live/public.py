"""The door of the live part: topics that modules declare, and the application that serves them.

LESSONS = topic(Topic(name="lesson", module="lessons", subject="lessons.lesson", may_read=…, reads_all=…, data=…))
"""

from .frames import kind_of
from .hub import Hub
from .patience import unless_it_leaves, wait_until
from .place import Place, here
from .rights import rights_changed
from .routing import live_application
from .socket import FRAMED
from .station import station
from .threads import in_thread
from .topics import Topic, row_key, topic, topics

__all__ = [
    "FRAMED",
    "Hub",
    "Place",
    "Topic",
    "here",
    "in_thread",
    "kind_of",
    "live_application",
    "rights_changed",
    "row_key",
    "station",
    "topic",
    "topics",
    "unless_it_leaves",
    "wait_until",
]
