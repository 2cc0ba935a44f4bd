"""The newest frames, kept so that who comes back gets the gap without asking the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from .frames import Frame
from .place import LOGS, Place

MOST_FRAMES = 20_000
MOST_BYTES = 16 * 1024 * 1024


class Ring:
    """Holds every frame after `place`, in the order in which they were told."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._frames: deque[Frame] = deque()
        self._bytes = 0

    def append(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._bytes += len(frame.whole.body)
        while len(self._frames) > MOST_FRAMES or self._bytes > MOST_BYTES:
            old = self._frames.popleft()
            self._bytes -= len(old.whole.body)
            self.place = self.place.moved(old.log, old.position)

    def prepend(self, frames: Sequence[Frame], log: str, after: int) -> None:
        """Older frames of one log, all after this position and up to where the ring began."""
        self._frames.extendleft(reversed(frames))
        self._bytes += sum(len(frame.whole.body) for frame in frames)
        self.place = self.place.moved(log, after)

    def reaches(self, place: Place) -> bool:
        return all(self.place.at(log) <= place.at(log) for log in LOGS)

    def after(self, place: Place) -> Iterator[Frame]:
        return (frame for frame in self._frames if frame.position > place.at(frame.log))

    def __len__(self) -> int:
        return len(self._frames)
