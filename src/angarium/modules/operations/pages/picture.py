"""The course of an operation as a picture: a lane for each attempt, what it waited and how it ran. Pure: spans in,
lanes on an axis of time out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from angarium.engine.console.public import Axis, Piece, Stretch, axis, brief, lasting
from angarium.engine.ledger.public import State
from angarium.modules.operations.timeline import ENDS, Share, Span, total

MOST_LANES = 12
_ENDED = {"succeeded": "good", "failed": "bad", "cancelled": "still"}
#: What a run is shaded by: what came after it. Tried again or given to another worker means that it failed.
_AFTER: Mapping[str, str] = {**_ENDED, "retrying": "bad", "queued": "bad", "scheduled": "still", "paused": "still"}
_SAID = {
    "retrying": gettext_lazy("failed, and is tried again"),
    "queued": gettext_lazy("taken back from its worker"),
    "scheduled": gettext_lazy("put off by its worker"),
    "paused": gettext_lazy("paused"),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One attempt. `after` is what followed it, in words; empty while it runs or waits, and when it succeeded."""

    number: int
    workers: Sequence[str]
    waited: float
    ran: float
    paused: float
    after: str
    shade: str
    pieces: Sequence[Piece]

    @property
    def retry(self) -> bool:
        return self.number > 1

    @property
    def label(self) -> str:
        """What a screen reader gets of the lane."""
        told = {"n": self.number, "waited": lasting(self.waited), "ran": lasting(self.ran)}
        return _("Attempt %(n)d: waited %(waited)s, ran %(ran)s") % told


@dataclass(frozen=True, slots=True)
class Picture:
    """`hidden` attempts are too old to be drawn; `expected_at`, in per cent, is where it will probably end."""

    axis: Axis
    lanes: Sequence[Lane]
    hidden: int
    expected_at: float | None = None


def picture(spans: Sequence[Span], state: str, end: datetime, *, expected: datetime | None = None) -> Picture:
    """Of an operation in this state; `end` is when it ended, or now. Of more than twelve attempts it has the last."""
    if not spans:
        return Picture(axis(0, brief, goes_on=False), [], 0)
    start, goes_on = spans[0].started_at, state not in ENDS
    due = (expected - start).total_seconds() if expected else 0.0
    scale = axis((end - start).total_seconds(), brief, goes_on=goes_on, expected=due)
    shaded = list(zip(spans, shades(spans, state), strict=True))
    lanes = [_lane(list(part), start, scale) for _number, part in groupby(shaded, key=lambda pair: pair[0].attempt)]
    hidden = max(0, len(lanes) - MOST_LANES)
    return Picture(scale, lanes[hidden:], hidden, scale.at(due) if 0 < due <= scale.whole and goes_on else None)


def shades(spans: Sequence[Span], state: str) -> list[tuple[str, str]]:
    """(shade, state that followed) of each; a run goes on through its stages."""
    follows, shades = state, []
    for span in reversed(spans):
        running = span.phase == "running"
        shades.append((_AFTER.get(follows, "running") if running else _waits(span), follows))
        follows = follows if running else span.state
    return shades[::-1]


def _waits(span: Span) -> str:
    return "still" if span.phase == "paused" else "waiting"


def _lane(part: Sequence[tuple[Span, tuple[str, str]]], start: datetime, scale: Axis) -> Lane:
    spans = [span for span, _shade in part]
    runs = [shade for span, shade in part if span.phase == "running"]
    shade, after = runs[-1] if runs else ("", "")
    said = _SAID.get(after) or (State(after).label if after in ("failed", "cancelled") else "")
    return Lane(
        number=spans[0].attempt,
        workers=list(dict.fromkeys(span.worker for span in spans if span.worker)),
        waited=total(spans, "waiting"),
        ran=total(spans, "running"),
        paused=total(spans, "paused"),
        after=str(said),
        shade=shade,
        pieces=scale.draw(stretch(span, shade, start) for span, (shade, _after) in part),
    )


def stretch(span: Span, shade: str, start: datetime) -> Stretch:
    """Its title says all that a pointer can be told."""
    begun = max(0.0, (span.started_at - start).total_seconds())
    ended = None if span.ended_at is None else max(begun, (span.ended_at - start).total_seconds())
    told = [str(State(span.state).label), span.stage, span.worker]
    title = f"{', '.join(filter(None, told))}: {lasting(span.seconds)}"
    return Stretch(shade, begun, ended, span.stage if span.phase == "running" else "", title)


@dataclass(frozen=True, slots=True)
class Bar:
    """What a stage or a worker had of it, on the scale of the one that had most: widths in per cent."""

    share: Share
    waiting_at: float
    running_at: float


def bars_of(shares: Sequence[Share]) -> list[Bar]:
    most = max((share.waiting + share.running for share in shares), default=0.0) or 1.0
    return [Bar(one, round(100 * one.waiting / most, 3), round(100 * one.running / most, 3)) for one in shares]
