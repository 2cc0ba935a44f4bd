"""The newest frames, kept so that who comes back gets the gap without asking the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile

from .frames import Frame
from .place import LOGS, Place

MOST_FRAMES = 20_000
MOST_BYTES = 16 * 1024 * 1024
#: Gaps that are kept until something comes: many come back to the same place.
MOST_GAPS = 64


class Ring:
    """Holds every frame after `place`: by log, each with its number in the order in which all are told. `told` is the
    number that the next one will have."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._frames: dict[str, deque[tuple[int, Frame]]] = {log: deque() for log in LOGS}
        self._first = self.told = 0
        self._bytes = 0
        self._gaps: dict[Place, Sequence[Frame]] = {}

    def append(self, frame: Frame) -> None:
        self._gaps.clear()
        self._frames[frame.log].append((self.told, frame))
        self.told += 1
        self._bytes += len(frame.whole.body)
        while len(self) > MOST_FRAMES or self._bytes > MOST_BYTES:
            _, old = min(frames[0] for frames in self._frames.values() if frames)
            self._frames[old.log].popleft()
            self._bytes -= len(old.whole.body)
            self.place = self.place.moved(old.log, old.position)

    def prepend(self, frames: Sequence[Frame], log: str, after: int) -> None:
        """Older frames of one log, all after this position and up to where the ring began."""
        self._gaps.clear()
        for frame in reversed(frames):
            self._first -= 1
            self._frames[log].appendleft((self._first, frame))
        self._bytes += sum(len(frame.whole.body) for frame in frames)
        self.place = self.place.moved(log, after)

    def reaches(self, place: Place) -> bool:
        return all(self.place.at(log) <= place.at(log) for log in LOGS)

    def after(self, place: Place) -> Sequence[Frame]:
        """What came after this place."""
        gap = self._gaps.get(place)
        if gap is None:
            if len(self._gaps) >= MOST_GAPS:
                self._gaps.clear()
            gap = self._gaps[place] = self._look_back(place)
        return gap

    def _look_back(self, place: Place) -> Sequence[Frame]:
        return self._newest(lambda one: one[1].position > place.at(one[1].log))

    def since(self, told: int) -> Sequence[Frame]:
        """What was told since then."""
        return self._newest(lambda one: one[0] >= told)

    def _newest(self, is_new: Callable[[tuple[int, Frame]], bool]) -> Sequence[Frame]:
        """Looked for from the end: it costs as much as there is."""
        found: list[tuple[int, Frame]] = []
        for frames in self._frames.values():
            found += takewhile(is_new, reversed(frames))
        found.sort()
        return [frame for _, frame in found]

    def __len__(self) -> int:
        return sum(map(len, self._frames.values()))
