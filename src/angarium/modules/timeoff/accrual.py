"""How days of vacation come about: by months of the working year, which runs from the day of hire. Pure.

```
hired 15 Jan        15 Feb        15 Mar   …   14 Jan: the twelfth month ends, 28 days
   |--- month 1 -----|--- month 2 ---|             working year 2 begins 15 Jan
                    14 Feb: +2.33   14 Mar: +2.34 (4.67 in all)
```
A month counts at the end of its last day. Its days are the growth of the year's running total, which is entitlement ×
months / 12, HALF_UP to 0.01, so that twelve months are the entitlement exactly. Time that does not count by ТК РФ,
ст. 121, moves the rest of the working year, and the years after it, by as many days.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from .calendar import DAY, LAST, Period
from .derivation import Because, Line, LineKind, line_by, rounded
from .rules import rule_on

MONTHS = 12
#: Days of unpaid leave a working year that count towards it (ТК РФ, ст. 121).
UNPAID_COUNTED = 14
ENTITLEMENT = Decimal(28)


class AbsenceKind(StrEnum):
    """Absences that move the working year: the first 14 days of unpaid leave in it do not, the others do."""

    UNPAID = "unpaid"
    UNEXCUSED = "unexcused"
    CHILDCARE = "childcare"


@dataclass(frozen=True, slots=True)
class Absence:
    period: Period
    kind: AbsenceKind = AbsenceKind.UNPAID


@dataclass(frozen=True, slots=True)
class Facts:
    """What accrual is made of. `dismissed_on` is the last day of work, `entitlement` is days a working year."""

    hired_on: date
    dismissed_on: date | None = None
    entitlement: Decimal = ENTITLEMENT
    absences: tuple[Absence, ...] = ()

    def __post_init__(self) -> None:
        Period(self.hired_on, self.dismissed_on or LAST)


@dataclass(frozen=True, slots=True)
class WorkingMonth:
    """The `number`-th month of a working year; `moved` is by how many days what did not count put off its end."""

    number: int
    period: Period
    moved: int


@dataclass(frozen=True, slots=True)
class WorkingYear:
    """The `number`-th working year with its twelve months, as if there were no dismissal."""

    number: int
    months: tuple[WorkingMonth, ...]

    @property
    def period(self) -> Period:
        return Period(self.months[0].period.start, self.months[-1].period.end)

    @property
    def moved(self) -> int:
        """By how many days its end was put off."""
        return sum(month.moved for month in self.months)


def months_later(day: date, months: int) -> date:
    """The same day so many months later; where the month has no such day, the first of the next, for the term then ends
    with the month's last day (ТК РФ, ст. 14; ГК РФ, ст. 192). 29 February and a year is 1 March."""
    years, month = divmod(day.month - 1 + months, MONTHS)
    try:
        return day.replace(year=day.year + years, month=month + 1)
    except ValueError:
        return date(day.year + years, month + 2, 1)


def working_years(facts: Facts, until: date) -> Iterator[WorkingYear]:
    """The working years that begin by `until` and before the dismissal (ТК РФ, ст. 14, 121)."""
    anchor, done, number = facts.hired_on, 0, 1
    while (start := months_later(anchor, done)) <= min(until, facts.dismissed_on or until):
        year = WorkingYear(number, tuple(_months(anchor, done, _uncounted(facts.absences, start))))
        yield year
        anchor, done = (year.period.end + DAY, 0) if year.moved else (anchor, done + MONTHS)
        number += 1


def accruals(facts: Facts, until: date) -> tuple[Line, ...]:
    """The lines of every working month that is over by `until`, and of one that a dismissal cut short when half of it
    or more was worked (ТК РФ, ст. 114, 115, 121, 127; rules of 1930 № 169, п. 35). Twelve lines are the entitlement."""
    return tuple(line for year in working_years(facts, until) for line in _lines_of(year, facts) if line.on <= until)


def accrued(facts: Facts, until: date) -> Decimal:
    """Days that came about by the end of this day, two places."""
    return sum((line.days for line in accruals(facts, until)), Decimal("0.00"))


def running_total(entitlement: Decimal, months: int) -> Decimal:
    """Days after so many months of a working year: HALF_UP to 0.01 of the running total (ТК РФ, ст. 115)."""
    return rounded(entitlement * months / MONTHS)


def counts_on_dismissal(length: int, worked: int) -> bool:
    """Is a month of that many days, cut short by a dismissal, a month? From half of it on: 15 days of 30 or 31, 14 of
    28 or 29 (rules of 1930 № 169, п. 35: less than half is left out, half and more is a whole month)."""
    return worked >= length // 2


def _lines_of(year: WorkingYear, facts: Facts) -> Iterator[Line]:
    for month in year.months:
        last = facts.dismissed_on
        if last is None or month.period.end <= last:
            yield _line(year, month, facts)
        elif month.period.start <= last and _half_was_worked(year, month, facts, last):
            yield _line(year, month, facts, dismissed_on=last)


def _line(year: WorkingYear, month: WorkingMonth, facts: Facts, dismissed_on: date | None = None) -> Line:
    days = running_total(facts.entitlement, month.number) - running_total(facts.entitlement, month.number - 1)
    on = dismissed_on or month.period.end
    said = {"month": month.number, "year": year.number, "entitlement": facts.entitlement, "moved": month.moved}
    code = "half_month_on_dismissal" if dismissed_on else "working_month"
    rule = rule_on("dismissal_month" if dismissed_on else "accrual", on)
    return line_by(rule, LineKind.ACCRUAL, on, days, Because(code, said), period=Period(month.period.start, on))


def _half_was_worked(year: WorkingYear, month: WorkingMonth, facts: Facts, last: date) -> bool:
    uncounted = _uncounted(facts.absences, year.period.start)
    worked = Period(month.period.start, last)
    missed = sum(day in worked for day in uncounted)
    return counts_on_dismissal(len(month.period) - month.moved, len(worked) - missed)


def _months(anchor: date, done: int, uncounted: Sequence[date]) -> Iterator[WorkingMonth]:
    """The twelve months after those that are done since the anchor: counted from it, so that a 31st comes back."""
    begins, before = months_later(anchor, done), 0
    for number in range(1, MONTHS + 1):
        end, moved = _end_of_month(months_later(anchor, done + number) - DAY, uncounted)
        yield WorkingMonth(number, Period(begins, end), moved - before)
        begins, before = end + DAY, moved


def _end_of_month(end: date, uncounted: Sequence[date]) -> tuple[date, int]:
    """The end, put off by each day up to it that does not count, those met while putting it off too."""
    moved = 0
    while (more := bisect_right(uncounted, end + moved * DAY)) != moved:
        moved = more
    return end + moved * DAY, moved


def _uncounted(absences: Iterable[Absence], since: date) -> list[date]:
    """The days of the working year from `since` on that do not count towards it (ТК РФ, ст. 121), in order."""
    absences = list(absences)
    never = set(_days(absences, since, AbsenceKind.UNEXCUSED, AbsenceKind.CHILDCARE))
    unpaid = sorted(set(_days(absences, since, AbsenceKind.UNPAID)) - never)
    return sorted(never.union(unpaid[UNPAID_COUNTED:]))


def _days(absences: Iterable[Absence], since: date, *kinds: AbsenceKind) -> Iterator[date]:
    return (day for absence in absences if absence.kind in kinds for day in absence.period if day >= since)
