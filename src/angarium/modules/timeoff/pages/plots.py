"""The picture of a balance over one year: a staircase, what is reserved hatched, absences along the ground. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from angarium.engine.console.public import Tick

#: Drawn for a wide window and for a small one.
WIDTHS = (860, 340)
HEIGHT, TOP, RIGHT, LEFT, GROUND = 232, 20.0, 10.0, 34, 30.0
#: How high the bars of absences are that stand on the ground.
STAY = 8.0
WEEK = 7


@dataclass(frozen=True, slots=True)
class Step:
    """Days that are added (or taken, below 0) as of the end of a day; `title` is what a pointer gets."""

    on: date
    days: Decimal
    reserved: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Away:
    """Days off along the ground of the picture; `shade` is a class."""

    start: date
    end: date
    shade: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """An absence as it is drawn."""

    x: float
    width: float
    shade: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A place where the staircase goes up or down: a strip that reacts to the pointer."""

    x: float
    title: str
    up: bool
    y: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A day to which attention is called."""

    x: float
    y: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Everything in pixels. `past` and `ahead` are paths of the line up to today and from today on, `area` the ground
    below it, `reserved` what of it is spoken for."""

    width: int
    height: int = HEIGHT
    left: int = LEFT
    right: float
    zero: float
    ground: float
    past: str
    ahead: str
    area: str
    reserved: str
    turns: Sequence[Turn]
    stays: Sequence[Stay]
    up: Sequence[Tick]
    across: Sequence[Tick]
    today: float | None
    chosen: Mark | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a day and a number of days are in the picture."""

    first: date
    last: date
    low: float
    high: float
    width: int

    def x(self, day: date) -> float:
        """The left edge of a day."""
        whole = (self.last - self.first).days + 1
        return round(LEFT + (day - self.first).days * (self.width - LEFT - RIGHT) / whole, 1)

    def y(self, days: Decimal | float) -> float:
        ground = HEIGHT - GROUND - STAY - 4
        return round(ground - (float(days) - self.low) * (ground - TOP) / (self.high - self.low), 1)


@dataclass(slots=True)
class Stairs:
    """The values of a year: (day, balance, balance without what is reserved) from each day on."""

    values: list[tuple[date, Decimal, Decimal]] = field(default_factory=list)

    def at(self, day: date) -> tuple[Decimal, Decimal]:
        """The balance at the end of a day, and what of it is free."""
        before = [value for value in self.values if value[0] <= day]
        return (before[-1][1], before[-1][2]) if before else (Decimal(0), Decimal(0))


def stairs(steps: Iterable[Step], first: date, last: date) -> Stairs:
    """What the balance is from `first` on, after all steps before it, to `last`."""
    moved: dict[date, list[Decimal]] = {first: [Decimal(0), Decimal(0)]}
    for step in steps:
        if step.on <= last:
            both = moved.setdefault(max(step.on, first), [Decimal(0), Decimal(0)])
            both[1] += step.days
            both[0] += 0 if step.reserved else step.days
    found, balance, free = Stairs(), Decimal(0), Decimal(0)
    for day in sorted(moved):
        balance, free = balance + moved[day][0], free + moved[day][1]
        found.values.append((day, balance, free))
    return found


def plot(
    steps: Sequence[Step],
    aways: Sequence[Away],
    months: Sequence[str],
    *,
    year: int,
    today: date,
    chosen: tuple[date, str] | None = None,
    width: int = WIDTHS[0],
) -> Plot:
    """The year of a balance. `months` are twelve names for the axis; `chosen` a day with what is said of it."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = stairs(steps, first, last)
    scale = Scale(first, last, *_bounds(found), width)
    return Plot(
        width=width,
        right=width - RIGHT,
        zero=scale.y(0),
        ground=HEIGHT - GROUND,
        past=_line(found, scale, first, min(today, last)) if today >= first else "",
        ahead=_line(found, scale, max(today, first), last) if today < last else "",
        area=_between(found, scale),
        reserved=_between(found, scale, reserved=True) if any(step.reserved for step in steps) else "",
        turns=_turns(steps, found, scale),
        stays=[stay for away in aways if (stay := _stay(away, scale))],
        up=_up(scale),
        across=_across(months, scale, year),
        today=scale.x(today) if first <= today <= last else None,
        chosen=_mark(found, scale, *chosen) if chosen and first <= chosen[0] <= last else None,
    )


def _bounds(found: Stairs) -> tuple[float, float]:
    """The least and the greatest number on the axis: multiples of a week, and at least from 0 to two."""
    numbers = [float(number) for _day, balance, free in found.values for number in (balance, free)]
    low, high = min(0.0, *numbers), max(2.0 * WEEK, *numbers)
    return WEEK * (low // WEEK), -WEEK * (-high // WEEK)


def _line(found: Stairs, scale: Scale, since: date, until: date) -> str:
    """The path from the beginning of `since` to the end of `until`."""
    path = f"M{scale.x(since)} {scale.y(found.at(since)[0])}"
    for day, balance, _free in found.values:
        if since < day <= until:
            path += f"H{scale.x(day)}V{scale.y(balance)}"
    return f"{path}H{scale.x(until + timedelta(days=1))}"


def _between(found: Stairs, scale: Scale, *, reserved: bool = False) -> str:
    """As one path the rectangles below the line, down to 0, or of what is `reserved` down to what is free."""
    ends = [*(day for day, _balance, _free in found.values[1:]), scale.last + timedelta(days=1)]
    path = ""
    for (day, balance, free), end in zip(found.values, ends, strict=True):
        bottom = free if reserved else Decimal(0)
        if balance != bottom:
            path += f"M{scale.x(day)} {scale.y(bottom)}V{scale.y(balance)}H{scale.x(end)}V{scale.y(bottom)}Z"
    return path


def _turns(steps: Iterable[Step], found: Stairs, scale: Scale) -> list[Turn]:
    shown = [step for step in steps if scale.first < step.on <= scale.last and step.title and not step.reserved]
    return [Turn(scale.x(step.on), step.title, step.days > 0, scale.y(found.at(step.on)[0])) for step in shown]


def _stay(away: Away, scale: Scale) -> Stay | None:
    start, end = max(away.start, scale.first), min(away.end, scale.last)
    if start > end:
        return None
    x = scale.x(start)
    return Stay(x, round(max(3.0, scale.x(end + timedelta(days=1)) - x), 1), away.shade, away.title, away.url)


def _up(scale: Scale) -> list[Tick]:
    step = next(one for one in (*(7 * 2**power for power in range(12)), 10**6) if (scale.high - scale.low) / one <= 5)
    count = int((scale.high - scale.low) // step) + 1
    numbers = [step * index for index in range(int(scale.low // step), count + 1)]
    return [
        Tick(scale.y(number), str(number).replace("-", "−")) for number in numbers if scale.low <= number <= scale.high
    ]


def _across(months: Sequence[str], scale: Scale, year: int) -> list[Tick]:
    every = 1 if scale.width > 400 else 2
    middles = [date(year, month, 15) for month in range(1, 13, every)]
    return [Tick(scale.x(middle), months[middle.month - 1]) for middle in middles]


def _mark(found: Stairs, scale: Scale, day: date, label: str) -> Mark:
    x = scale.x(day)
    anchor = "start" if x < scale.width / 4 else "end" if x > scale.width * 0.75 else "middle"
    return Mark(x, scale.y(found.at(day)[0]), label, anchor)
