"""Days of vacation by months of the working year: golden tables, each row with its article, and what always holds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.timeoff.accrual import (
    Absence,
    AbsenceKind,
    Facts,
    accruals,
    accrued,
    counts_on_dismissal,
    months_later,
    running_total,
    working_years,
)
from angarium.modules.timeoff.calendar import Period
from angarium.modules.timeoff.derivation import balance_of
from angarium.modules.timeoff.errors import EndsBeforeItStarts

HIRES = st.dates(date(2000, 1, 1), date(2030, 12, 31))
#: Days after the hire, lengths and kinds of absences.
SPANS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40), st.sampled_from(AbsenceKind)), max_size=4)


def d(text: str) -> date:
    return date.fromisoformat(text)


def away(start: str, end: str, kind: AbsenceKind = AbsenceKind.UNPAID) -> Absence:
    return Absence(Period(d(start), d(end)), kind)


def test_hr_12_twelve_months_are_the_entitlement_by_a_rounded_running_total() -> None:
    """28 / 12 = 2.333…: HALF_UP to 0.01 of the running total (ст. 115)."""
    lines = accruals(Facts(d("2026-01-01")), d("2026-12-31"))
    assert [str(line.days) for line in lines] == ["2.33", "2.34", "2.33"] * 4
    assert [str(running_total(Decimal(28), months)) for months in (1, 2, 3, 11, 12)] == [
        *("2.33", "4.67", "7.00"),
        *("25.67", "28.00"),
    ]


@pytest.mark.parametrize(
    ("hired", "on", "days", "why"),
    [
        ("2026-01-15", "2026-02-13", "0.00", "ст. 114: the first month ends with 14 February"),
        ("2026-01-15", "2026-02-14", "2.33", "hired in mid-month"),
        ("2026-01-15", "2026-02-28", "2.33", "a calendar month is no working month"),
        ("2026-01-15", "2027-01-13", "25.67", "eleven months"),
        ("2026-01-15", "2027-01-14", "28.00", "ст. 115: a working year"),
        ("2026-01-15", "2027-02-14", "30.33", "ст. 121: the second working year"),
        ("2026-01-01", "2026-12-31", "28.00", "hired on the first of January"),
        ("2024-02-29", "2024-03-28", "2.33", "hired on 29 February"),
        ("2024-02-29", "2025-02-27", "25.67", "ст. 14: its first working year ends with February 2025"),
        ("2024-02-29", "2025-02-28", "28.00", "a leap day and a year"),
        ("2024-02-29", "2028-02-28", "112.00", "four working years: the last ends before 29 February again"),
        ("2024-02-28", "2024-03-27", "2.33", "over a leap day"),
        ("2026-01-31", "2026-02-27", "0.00", "February has no 31st"),
        ("2026-01-31", "2026-02-28", "2.33", "so the month ends with its last day (ст. 14)"),
        ("2026-01-31", "2026-03-30", "4.67", "and the next with 30 March"),
        ("2026-05-15", "2026-05-14", "0.00", "before the hire"),
        ("2026-05-15", "2026-05-15", "0.00", "on the day of hire"),
        ("2020-03-10", "2026-03-09", "168.00", "six working years"),
    ],
)
def test_hr_12_days_accrue_by_months_of_the_working_year(hired: str, on: str, days: str, why: str) -> None:
    assert str(accrued(Facts(d(hired)), d(on))) == days, why


@pytest.mark.parametrize(
    ("dismissed", "days", "why"),
    [
        ("2026-01-13", "0.00", "13 of 31 days are less than half (№ 169, п. 35)"),
        ("2026-01-15", "2.33", "15 of 31 are half in whole days"),
        ("2026-02-13", "2.33", "13 of 28 are less than half"),
        ("2026-02-14", "4.67", "14 of 28 are half"),
        ("2026-04-14", "7.00", "14 of 30 are less than half"),
        ("2026-04-15", "9.33", "15 of 30 are half"),
        ("2026-06-30", "14.00", "six whole months"),
        ("2026-12-31", "28.00", "the whole year"),
        ("2026-12-14", "25.67", "eleven months"),
    ],
)
def test_hr_12_half_a_month_counts_on_dismissal(dismissed: str, days: str, why: str) -> None:
    facts = Facts(d("2026-01-01"), d(dismissed))
    assert str(accrued(facts, d("2030-01-01"))) == days, why
    assert all(line.on <= d(dismissed) for line in accruals(facts, d("2030-01-01")))


def test_hr_12_from_12_may_to_26_november_are_seven_months() -> None:
    """The example that lawyers give for п. 35: six months and 15 of the 30 days of the seventh."""
    assert str(accrued(Facts(d("2026-05-12"), d("2026-11-26")), d("2026-12-31"))) == "16.33"
    assert str(accrued(Facts(d("2026-05-12"), d("2026-11-25")), d("2026-12-31"))) == "14.00"


def test_hr_12_half_of_a_month_is_half_its_days_rounded_down() -> None:
    assert [next(worked for worked in range(32) if counts_on_dismissal(n, worked)) for n in (28, 29, 30, 31)] == [
        *(14, 14, 15, 15),
    ]


@pytest.mark.parametrize(
    ("absences", "end", "why"),
    [
        ([], "2026-12-31", "ст. 121"),
        ([away("2026-03-01", "2026-03-14")], "2026-12-31", "14 days of unpaid leave count"),
        ([away("2026-03-01", "2026-03-20")], "2027-01-06", "the six days above 14 do not"),
        ([away("2026-03-01", "2026-03-10"), away("2026-06-01", "2026-06-10")], "2027-01-06", "14 in all of a year"),
        ([away("2026-03-02", "2026-03-02", AbsenceKind.UNEXCUSED)], "2027-01-01", "absent without a reason: each day"),
        ([away("2026-03-01", "2027-02-28", AbsenceKind.CHILDCARE)], "2027-12-31", "leave for the care of a child"),
        ([away("2026-12-30", "2027-01-02", AbsenceKind.UNEXCUSED)], "2027-01-04", "met while the end is put off"),
        ([away("2027-01-01", "2027-01-09", AbsenceKind.UNEXCUSED)], "2026-12-31", "of the next working year"),
        (
            [away("2026-03-01", "2026-03-10"), away("2026-03-05", "2026-03-06", AbsenceKind.UNEXCUSED)],
            *("2027-01-02", "a day is missed once"),
        ),
    ],
)
def test_hr_12_time_that_does_not_count_moves_the_working_year(absences: list[Absence], end: str, why: str) -> None:
    facts = Facts(d("2026-01-01"), absences=tuple(absences))
    assert next(working_years(facts, d("2026-01-01"))).period.end == d(end), why
    assert str(accrued(facts, d(end))) == "28.00"
    assert str(accrued(facts, d(end) - timedelta(days=1))) == "25.67"


def test_hr_12_every_working_year_has_its_own_14_days_of_unpaid_leave() -> None:
    absences = (away("2026-03-01", "2026-03-15"), away("2027-03-01", "2027-03-15"))
    years = working_years(Facts(d("2026-01-01"), absences=absences), d("2028-01-10"))
    assert [year.period.end for year in years] == [d("2027-01-01"), d("2028-01-02"), d("2029-01-02")]


def test_hr_12_a_month_that_was_missed_does_not_count_on_dismissal() -> None:
    missed = (away("2026-03-01", "2026-03-10", AbsenceKind.UNEXCUSED),)
    assert str(accrued(Facts(d("2026-01-01"), d("2026-03-20"), absences=missed), d("2026-12-31"))) == "4.67"
    assert str(accrued(Facts(d("2026-01-01"), d("2026-03-25"), absences=missed), d("2026-12-31"))) == "7.00"


def test_hr_b2_a_line_of_accrual_names_its_month_rule_and_article() -> None:
    line = accruals(Facts(d("2026-01-15")), d("2026-02-14"))[0]
    assert (line.on, line.kind, line.rule) == (d("2026-02-14"), "accrual", "accrual/1")
    assert line.article == "ТК РФ, ст. 114, 115, 121"
    assert line.period == Period(d("2026-01-15"), d("2026-02-14"))
    assert (line.because.code, line.because.facts["month"]) == ("working_month", 1)
    last = accruals(Facts(d("2026-01-15"), d("2026-02-01")), d("2026-12-31"))[0]
    assert (last.on, last.rule, last.because.code) == (d("2026-02-01"), "dismissal_month/1", "half_month_on_dismissal")


def test_a_dismissal_before_the_hire_is_refused() -> None:
    with pytest.raises(EndsBeforeItStarts):
        Facts(d("2026-01-15"), d("2026-01-14"))


def test_a_term_ends_with_the_month_that_lacks_its_day() -> None:
    later = [months_later(d("2026-01-31"), months) for months in range(1, 5)]
    assert later == [d("2026-03-01"), d("2026-03-31"), d("2026-05-01"), d("2026-05-31")]
    assert months_later(d("2024-02-29"), 12) == d("2025-03-01")
    assert months_later(d("2026-12-31"), 12) == d("2027-12-31")


@given(hired=HIRES, entitlement=st.integers(1, 90), years=st.integers(1, 5))
def test_hr_12_whole_years_are_the_entitlement_whatever_the_day_of_hire(
    hired: date, entitlement: int, years: int
) -> None:
    until = months_later(hired, 12 * years) - timedelta(days=1)
    assert accrued(Facts(hired, entitlement=Decimal(entitlement)), until) == entitlement * years


@given(hired=HIRES, first=st.integers(0, 1500), more=st.integers(0, 400))
def test_hr_12_accrual_never_falls(hired: date, first: int, more: int) -> None:
    on = hired + timedelta(days=first)
    assert accrued(Facts(hired), on) <= accrued(Facts(hired), on + timedelta(days=more))


@given(
    hired=HIRES.filter(lambda day: day.day < 29),
    spans=SPANS,
)
def test_hr_12_absences_put_the_months_off_by_the_days_that_do_not_count(
    hired: date, spans: list[tuple[int, int, AbsenceKind]]
) -> None:
    starts = [(hired + timedelta(days=start), length, kind) for start, length, kind in spans]
    absences = tuple(Absence(Period(day, day + timedelta(days=length)), kind) for day, length, kind in starts)
    until = hired + timedelta(days=1200)
    years = list(working_years(Facts(hired, absences=absences), until))
    months = [month for year in years for month in year.months]
    assert all(one.period.end + timedelta(days=1) == two.period.start for one, two in pairwise(months))
    for year in years:
        plain = months_later(year.period.start, 12) - timedelta(days=1)
        assert year.period.end - plain == timedelta(days=year.moved)


@given(hired=HIRES, until=st.integers(0, 1500), on=st.integers(-10, 1600))
def test_hr_b1_the_sum_of_lines_is_the_balance_on_any_date(hired: date, until: int, on: int) -> None:
    """Lines worked out for a later date have the same balance on an earlier one."""
    later, day = hired + timedelta(days=1700), hired + timedelta(days=on)
    assert balance_of(accruals(Facts(hired), later), day) == accrued(Facts(hired), day)
