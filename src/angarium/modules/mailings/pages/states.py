"""How many messages of a mailing were in which state, over time: reckoned back from how many there are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from angarium.engine.console.public import Columns
from angarium.modules.mailings.lifecycle import MessageState
from angarium.modules.mailings.models import Mailer, Shift

from .bars import SHADES, grouped
from .plots import drawn, scale_of


@dataclass(frozen=True, slots=True)
class OverTime:
    """The states at the end of each step, drawn for a wide window and for a small one."""

    plots: Sequence[Columns]
    spoken: str


def states_over_time(mailer: Mailer, counts: Mapping[str, int], shifts: Sequence[Shift]) -> OverTime | None:
    """From these shifts, oldest first; None when there are none. Call it in the reader's zone."""
    if not shifts:
        return None
    scale = scale_of(mailer, shifts[0].at, shifts[-1].at)
    changes: list[Counter[str]] = [Counter() for _start in scale.starts]
    for shift in shifts:
        if (place := scale.place(shift.at)) >= 0:
            changes[place][shift.state] += shift.change
    stood = stood_at(counts, changes)
    said = [_said(states) for states in stood]
    return OverTime(drawn([_by_shade(states) for states in stood], scale, said), f"{_('States over time')}. {said[-1]}")


def stood_at(counts: Mapping[str, int], changes: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    """How many there were at the end of each step, by what changed in it; at the end of the last one there are
    `counts`."""
    found = [dict(counts)]
    for change in reversed(changes[1:]):
        found.append({state: number - change.get(state, 0) for state, number in found[-1].items()})
    return found[::-1]


def _by_shade(states: Mapping[str, int]) -> dict[str, int]:
    """The plot has one shade for what waits for its turn or its window, and so on."""
    shades: Counter[str] = Counter()
    for state, number in states.items():
        shades[SHADES[state].split()[0]] += number
    return dict(shades)


def _said(states: Mapping[str, int]) -> str:
    found = [f"{MessageState(state).label}: {grouped(states[state])}" for state in SHADES if states.get(state)]
    return ", ".join(found) or "0"
