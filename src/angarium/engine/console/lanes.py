"""Geometry of lanes on one axis of time: what lasted from when to when. Pure: seconds in, per cent of the axis out, so
that one picture fits every width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .columns import Tick

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
#: What an axis may be divided by, in seconds.
STEPS = (
    *(unit * by for unit in (0.001, 0.01, 0.1) for by in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(_MINUTE * by for by in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * by for by in (1, 2, 3, 6, 12)),
    *(_DAY * by for by in (1, 2, 5, 10, 30, 90, 180, 365, 1825, 3650)),
)
MOST_SPACES = 5
#: What goes on has so much of the axis still before it.
AHEAD = 1.05


@dataclass(frozen=True)
class Stretch:
    """What lasted from `start` to `end`, in seconds on the axis; without an end it goes on."""

    shade: str
    start: float
    end: float | None = None
    label: str = ""
    title: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch as it is drawn: `x` and `width` in per cent."""

    stretch: Stretch
    x: float
    width: float


@dataclass(frozen=True)
class Axis:
    """From 0 to `whole` seconds. `now` is where it stands; None when nothing goes on."""

    whole: float
    now: float | None
    ticks: Sequence[Tick]

    @property
    def now_at(self) -> float | None:
        """Where it stands, in per cent."""
        return None if self.now is None else self.at(self.now)

    def at(self, seconds: float) -> float:
        """Where that is, in per cent."""
        return round(min(max(seconds / self.whole, 0.0), 1.0) * 100, 3)

    def draw(self, stretches: Iterable[Stretch]) -> list[Piece]:
        return [self._piece(one) for one in stretches]

    def _piece(self, one: Stretch) -> Piece:
        end = one.end if one.end is not None else self.now if self.now is not None else self.whole
        start = self.at(one.start)
        return Piece(one, start, round(max(0.0, self.at(end) - start), 3))


def axis(seconds: float, label: Callable[[float], str], *, goes_on: bool, expected: float = 0.0) -> Axis:
    """An axis for so many seconds, divided by at most five even steps that `label` names. What goes on ends at a whole
    step ahead, so that now can move along it; what is `expected` in seconds is on it too, if that is not far off."""
    seconds = max(seconds, STEPS[0])
    reach = max(seconds * AHEAD, expected if expected < 4 * seconds else 0.0) if goes_on else seconds
    beyond = STEPS[-1] * -(-reach // (STEPS[-1] * MOST_SPACES))
    step = next((one for one in STEPS if reach <= one * MOST_SPACES), beyond)
    spaces = -(-reach // step) if goes_on else reach // step
    whole = spaces * step if goes_on else seconds
    ticks = [Tick(round(100 * at * step / whole, 3), label(at * step) if at else "0") for at in range(int(spaces) + 1)]
    return Axis(whole, seconds if goes_on else None, ticks)
