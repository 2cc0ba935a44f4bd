"""The team's calendar as it is drawn: days across, people down, absences as bars; and as a list by week. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
#: Days that have each a number above them, at most.
MONTH = 31


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody's days off, both in it. `kind` is "" for whom it is nobody's business why, `waiting` one not decided."""

    employee: int
    start: date
    end: date
    kind: str
    label: str
    waiting: bool = False
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """An absence in per cent of the width."""

    absence: Absence
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """One person."""

    id: int
    name: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Column:
    """A day: where it is, what it is called, and whether it is free (`why` says which holiday)."""

    day: date
    x: float
    middle: float
    label: str
    free: bool
    why: str
    today: bool


@dataclass(frozen=True, slots=True)
class Week:
    """The Monday, and who is away when in its days."""

    start: date
    end: date
    absences: Sequence[tuple[str, Absence]]
    holidays: Sequence[tuple[date, str]] = ()
    now: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """`width` is that of a day, in per cent; `many` days have labels by the week."""

    columns: Sequence[Column]
    width: float
    rows: Sequence[Row]
    weeks: Sequence[Week]
    today: float | None
    many: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are shown, and which of them are free."""

    first: date
    last: date
    free: frozenset[date]
    names: Mapping[date, str]
    today: date

    def x(self, day: date) -> float:
        return round(100 * (day - self.first).days / len(self), 3)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


def grid(span: Span, people: Iterable[tuple[int, str]], absences: Sequence[Absence]) -> Grid:
    """Everybody with their bars; people without an absence have a row too."""
    people = list(people)
    of: dict[int, list[Bar]] = {id: [] for id, _name in people}
    for absence in absences:
        if absence.employee in of and absence.start <= span.last and absence.end >= span.first:
            of[absence.employee].append(_bar(span, absence))
    rows = [Row(id, name, of[id]) for id, name in people]
    today = span.x(span.today) if span.first <= span.today <= span.last else None
    return Grid(
        _columns(span), round(100 / len(span), 3), rows, _weeks(span, dict(people), absences), today, len(span) > MONTH
    )


def _bar(span: Span, absence: Absence) -> Bar:
    start, end = max(absence.start, span.first), min(absence.end, span.last)
    x = span.x(start)
    return Bar(absence, x, round(span.x(end + DAY) - x, 3))


def _columns(span: Span) -> list[Column]:
    width, many = 100 / len(span), len(span) > MONTH
    found = []
    for index in range(len(span)):
        day = span.first + index * DAY
        label = str(day.day) if not many or day.weekday() == 0 else ""
        x = span.x(day)
        free = day in span.free
        found.append(Column(day, x, round(x + width / 2, 3), label, free, span.names.get(day, ""), day == span.today))
    return found


def _weeks(span: Span, names: Mapping[int, str], absences: Sequence[Absence]) -> list[Week]:
    start, found = span.first - span.first.weekday() * DAY, []
    while start <= span.last:
        end = start + 6 * DAY
        here = [one for one in absences if one.employee in names and one.start <= end and one.end >= start]
        away = sorted(((names[one.employee], one) for one in here), key=_by_name)
        holidays = [(day, name) for day, name in sorted(span.names.items()) if start <= day <= end]
        found.append(Week(start, end, away, holidays, start <= span.today <= end))
        start = end + DAY
    return found


def _by_name(one: tuple[str, Absence]) -> tuple[str, date]:
    return one[0].casefold(), one[1].start
