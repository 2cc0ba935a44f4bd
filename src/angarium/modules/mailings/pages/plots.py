"""What one mailing's page draws: what was sent when, for whom it waits where, and why something did not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from angarium.engine.console.public import Columns, Tick, columns
from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import MessageState, Reason
from angarium.modules.mailings.models import Mailer, Minute
from angarium.modules.mailings.statistics import Why

from .bars import SHADES, grouped

MINUTE = timedelta(minutes=1)
#: Minutes that one column may stand for; a plot has at most COLUMNS of them.
STEPS = (1, 2, 5, 10, 15, 30, 60)
COLUMNS = 48
#: A plot shows at least so many minutes.
FEWEST = 12
WIDTHS = (860, 340)


@dataclass(frozen=True, slots=True)
class Scale:
    """Minutes in steps: where each column of a plot begins."""

    step: int
    starts: Sequence[datetime]

    def place(self, at: datetime) -> int:
        """The column of this minute; below 0 for one that came before."""
        return int((at - self.starts[0]) / MINUTE) // self.step

    @property
    def labels(self) -> list[str]:
        return [f"{timezone.localtime(start):%H:%M}" for start in self.starts]

    def title(self, start: datetime, said: str) -> str:
        local, end = timezone.localtime(start), timezone.localtime(start + MINUTE * self.step)
        return f"{local:%H:%M}–{end:%H:%M} · {said}"


def scale_of(mailer: Mailer, first: datetime, last: datetime) -> Scale:
    """From the first minute to the last one, or to now while it goes on. Call it in the reader's zone."""
    last = max(now() if mailer.is_alive else last, last).replace(second=0, microsecond=0)
    span = max(FEWEST, int((last - first) / MINUTE) + 1)
    step = next((one for one in STEPS if one * COLUMNS >= span), STEPS[-1])
    return Scale(step, [last - MINUTE * (step * back - 1) for back in range(-(-span // step), 0, -1)])


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent in each `step` minutes, drawn for a wide window and for a small one."""

    step: int
    sent: int
    failed: int
    plots: Sequence[Columns]

    @property
    def title(self) -> str:
        if self.step == 1:
            return _("Sent per minute")
        return ngettext("Sent in each %(n)d minute", "Sent in each %(n)d minutes", self.step) % {"n": self.step}

    @property
    def spoken(self) -> str:
        """What a screen reader gets of it."""
        told = {"sent": grouped(self.sent), "failed": grouped(self.failed)}
        return f"{self.title}. " + _("In all %(sent)s sent, %(failed)s failed.") % told


def sent_of(mailer: Mailer, minutes: Sequence[Minute]) -> Sent | None:
    """Of these minutes, oldest first; None when nothing was done in any. Call it in the reader's zone."""
    if not minutes:
        return None
    scale = scale_of(mailer, minutes[0].at, minutes[-1].at)
    values = [{"good": 0, "bad": 0} for _start in scale.starts]
    for minute in minutes:
        if (place := scale.place(minute.at)) >= 0:
            values[place]["good"] += minute.sent
            values[place]["bad"] += minute.failed
    told = _("sent: %(sent)s, failed: %(failed)s")
    said = [told % {name: grouped(value[shade]) for name, shade in _SHOWN} for value in values]
    sent, failed = (sum(value[shade] for value in values) for shade in ("good", "bad"))
    return Sent(scale.step, sent, failed, drawn(values, scale, said))


_SHOWN = (("sent", "good"), ("failed", "bad"))


def drawn(values: Sequence[Mapping[str, int]], scale: Scale, said: Sequence[str]) -> list[Columns]:
    """The columns for a wide window and for a small one; each is titled with its minutes and what is `said` of it."""
    titles = [scale.title(start, word) for start, word in zip(scale.starts, said, strict=True)]
    return [_drawn(values, scale.labels, titles, width) for width in WIDTHS]


def _drawn(values: Sequence[Mapping[str, int]], labels: list[str], titles: list[str], width: int) -> Columns:
    every = -(-len(values) // (8 if width > 400 else 4))
    plot = columns(values, labels, titles, width=width, every=every)
    return replace(plot, up=[Tick(tick.at, brief_number(float(tick.label))) for tick in plot.up])


def brief_number(number: float) -> str:
    """`950`, `12k`, `1.5M`: for an axis with little room."""
    for size, word in ((1_000_000, "M"), (1000, "k")):
        if number >= 10 * size or (number >= size and number % (size / 10) == 0):
            return f"{number / size:g}{word}"
    return f"{number:g}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a picture of bars: `width` in per cent of the longest one. `local` is what the clock on the client's
    wall shows when the window opens."""

    label: str
    number: int
    width: float
    shade: str
    state: str = ""
    state_label: str = ""
    opens_at: datetime | None = None
    local: str = ""


def why_bars(whys: Sequence[Why]) -> list[Bar]:
    """Why messages are where they are, the most frequent reason first."""
    most = max((why.number for why in whys), default=1)
    return [
        Bar(
            str(Reason(why.reason).label),
            why.number,
            round(100 * why.number / most, 2),
            SHADES[why.status],
            why.status,
            str(MessageState(why.status).label),
        )
        for why in whys
    ]
