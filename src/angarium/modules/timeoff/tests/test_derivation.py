"""Lines and their sums: the balance on any date, the lowest that is ahead, and that nobody can overspend."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.kernel.errors import Invalid
from angarium.modules.timeoff.accrual import Facts, accruals
from angarium.modules.timeoff.calendar import Calendar, DayKind, Period
from angarium.modules.timeoff.derivation import (
    Because,
    Line,
    LineKind,
    Low,
    affords,
    balance_of,
    correction,
    in_order,
    lowest,
    taking,
)
from angarium.modules.timeoff.holidays_ru import calendar
from angarium.modules.timeoff.lifecycle import EntryKind
from angarium.modules.timeoff.rules import RULES, rule_named, rule_on

RU = calendar()
START = date(2026, 1, 1)
#: Days from the first of 2026, and lengths of vacations in days.
TAKINGS = st.lists(st.tuples(st.integers(0, 700), st.integers(1, 30)), max_size=8)
DAYS = st.integers(-40, 800)


def d(text: str) -> date:
    return date.fromisoformat(text)


def line(on: str, days: str, kind: LineKind = LineKind.USE) -> Line:
    return Line(on=d(on), kind=kind, days=Decimal(days), rule="", article="", because=Because("test"))


def vacation(offset: int, length: int) -> Period:
    start = START + timedelta(days=offset)
    return Period(start, start + timedelta(days=length - 1))


def test_hr_b1_kinds_of_lines_are_those_of_entries_and_the_reserve() -> None:
    assert {str(kind) for kind in LineKind} == {*EntryKind.values, "reserve"}


def test_hr_b2_a_vacations_line_names_the_holidays_it_left_out() -> None:
    taken = taking(RU, Period(d("2026-06-08"), d("2026-06-14")), request=7)
    assert (taken.on, taken.days, taken.request, taken.kind) == (d("2026-06-08"), Decimal("-6.00"), 7, "use")
    assert (taken.rule, taken.article) == ("holidays_left_out/1", "ТК РФ, ст. 120")
    assert taken.holidays == (d("2026-06-12"),)
    assert taken.because.code == "vacation_over_holidays"


def test_hr_b2_every_rule_has_a_version_and_an_article() -> None:
    assert len({rule.ref for rule in RULES}) == len(RULES)
    assert all(rule.article.startswith("ТК РФ, ст.") for rule in RULES)
    assert rule_named("accrual/1") == rule_on("accrual", d("2026-01-01")) == rule_on("accrual", d("1999-01-01"))
    assert rule_named("accrual/99") is None
    with pytest.raises(Invalid):
        rule_on("no such rule", START)


def test_hr_b1_a_line_counts_from_the_end_of_its_day() -> None:
    lines = [line("2026-02-14", "2.33"), line("2026-03-02", "-5")]
    ons = ("2026-02-13", "2026-02-14", "2026-03-01", "2026-03-02")
    assert [str(balance_of(lines, d(on))) for on in ons] == ["0.00", "2.33", "2.33", "-2.67"]
    assert str(balance_of([], START)) == "0.00"


def test_hr_b1_the_lines_of_a_day_stand_in_the_order_that_explains_them() -> None:
    taken, given_ = line("2026-02-14", "-5"), line("2026-02-14", "2.33")
    assert in_order([line("2026-02-15", "1"), taken, given_])[:2] == [given_, taken]


@pytest.mark.parametrize(
    ("since", "on", "days"),
    [
        ("2026-01-01", "2026-01-01", "0.00"),
        ("2026-03-01", "2026-08-01", "6.00"),  # a vacation that is agreed already leaves 6 in August
        ("2026-08-02", "2026-08-02", "6.00"),
        ("2026-09-01", "2026-09-01", "9.00"),
    ],
)
def test_hr_b3_the_lowest_balance_ahead_sees_what_is_agreed_later(since: str, on: str, days: str) -> None:
    lines = [line("2026-02-01", "10"), line("2026-03-01", "10"), line("2026-08-01", "-14"), line("2026-09-01", "3")]
    assert lowest(lines, d(since)) == Low(d(on), Decimal(days))


def test_hr_b3_days_that_a_later_vacation_needs_cannot_be_taken_before_it() -> None:
    lines = [line("2026-01-31", "14"), line("2026-08-03", "-10")]
    assert affords(lines, d("2026-06-01"), Decimal(4))
    assert not affords(lines, d("2026-06-01"), Decimal("4.01"))
    assert affords(lines, d("2026-06-01"), Decimal(7), advance=Decimal(3))
    assert not affords(lines, d("2026-01-30"), Decimal(1))


def test_hr_b1_a_correction_is_the_difference_and_says_both_sums() -> None:
    was, right = [line("2026-06-08", "-7")], [line("2026-06-08", "-6")]
    made = correction(was, right, d("2026-07-01"), "holiday_moved")
    assert made is not None
    assert (made.kind, made.on, str(made.days)) == ("correction", d("2026-07-01"), "1.00")
    assert (made.because.code, made.because.facts) == ("holiday_moved", {"before": Decimal(-7), "after": Decimal(-6)})
    assert correction(right, right, START) is None


@given(takings=TAKINGS, on=DAYS, gap=st.integers(0, 300))
def test_hr_b1_the_sum_of_lines_between_two_dates_is_what_the_balance_moved_by(
    takings: list[tuple[int, int]], on: int, gap: int
) -> None:
    first, last = START + timedelta(days=on), START + timedelta(days=on + gap)
    lines = [*accruals(Facts(START), last), *(taking(RU, vacation(*taken)) for taken in takings)]
    between = sum((line.days for line in lines if first < line.on <= last), Decimal(0))
    assert balance_of(lines, last) - balance_of(lines, first) == between


@given(takings=TAKINGS, since=DAYS)
def test_hr_b3_the_lowest_is_the_least_of_all_days_ahead(takings: list[tuple[int, int]], since: int) -> None:
    start, end = START + timedelta(days=since), date(2028, 4, 1)
    lines = [*accruals(Facts(START), end), *(taking(RU, vacation(*taken)) for taken in takings)]
    days = [balance_of(lines, day) for day in Period(min(start, end), end)]
    assert lowest(lines, start).days == min(days)
    assert lowest(lines, start).on == start + timedelta(days=days.index(min(days)))


@given(takings=TAKINGS.filter(lambda taken: len(taken) <= 4))
def test_hr_b3_no_order_of_takings_overspends_when_each_passes_the_check(takings: list[tuple[int, int]]) -> None:
    gained = accruals(Facts(START), date(2030, 1, 1))
    for order in permutations(takings):
        lines = list(gained)
        for taken in order:
            asked = taking(RU, vacation(*taken))
            if affords(lines, asked.on, -asked.days):
                lines.append(asked)
        assert all(balance_of(lines, one.on) >= 0 for one in lines)


@given(takings=TAKINGS, day=st.integers(0, 730))
def test_hr_12_a_new_holiday_gives_a_day_back_to_the_vacations_over_it_alone(
    takings: list[tuple[int, int]], day: int
) -> None:
    holiday = START + timedelta(days=day)
    more = Calendar({**RU.days, holiday: DayKind.PUBLIC})
    for period in (vacation(*taken) for taken in takings):
        gained = taking(more, period).days - taking(RU, period).days
        assert gained == int(holiday in period and not RU.is_public(holiday))
