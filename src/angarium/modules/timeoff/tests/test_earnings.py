"""What a rate comes to: by working days, over its changes, and the average for a vacation's pay. Decimals only."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.timeoff.earnings import (
    MonthPaid,
    Rate,
    average_daily,
    pay,
    pay_lines,
    rate_on,
    rests,
    until_next,
    vacation_pay,
)
from angarium.modules.timeoff.errors import EndsBeforeItStarts, OutOfRange, RatesOverlap
from angarium.modules.timeoff.holidays_ru import calendar

RU = calendar()
SHARES = st.decimals("0.001", "1.5", places=3)
SALARIES = st.decimals("0", "1000000", places=2)


def d(text: str) -> date:
    return date.fromisoformat(text)


def rate(since: str, until: str | None = None, salary: str = "100000", share: str = "1") -> Rate:
    return Rate(share=Decimal(share), salary=Decimal(salary), valid_from=d(since), valid_to=d(until) if until else None)


@pytest.mark.parametrize(
    ("share", "salary", "field"),
    [
        *(("0", "1", "share"), ("-0.5", "1", "share"), ("1.501", "1", "share"), ("0.0001", "1", "share")),
        *(("NaN", "1", "share"), ("Infinity", "1", "share"), ("1", "-0.01", "salary"), ("1", "NaN", "salary")),
        *(("1", "100000000.01", "salary"), ("1", "1.001", "salary"), ("1", "1E+30", "salary")),
    ],
)
def test_hr_14_a_rate_beyond_its_limits_is_refused(share: str, salary: str, field: str) -> None:
    with pytest.raises(OutOfRange) as caught:
        rate("2026-01-01", share=share, salary=salary)
    assert caught.value.field == field


def test_hr_14_a_rate_at_its_limits_is_taken() -> None:
    assert rate("2026-01-01", share="1.5", salary="100000000.00").monthly == Decimal(150000000)
    assert rate("2026-01-01", share="0.001", salary="0").monthly == 0
    with pytest.raises(EndsBeforeItStarts):
        rate("2026-01-02", "2026-01-01")


@pytest.mark.parametrize(
    ("start", "end", "amount", "why"),
    [
        ("2026-02-01", "2026-02-28", "100000.00", "ст. 129: a whole month is the salary"),
        ("2026-01-01", "2026-01-31", "100000.00", "whatever its holidays: 15 working days"),
        ("2026-01-12", "2026-01-12", "6666.67", "1 of 15"),
        ("2026-01-12", "2026-01-13", "13333.33", "2 of 15: HALF_UP of the running total"),
        ("2026-01-01", "2026-01-11", "0.00", "no working day"),
        ("2026-05-09", "2026-05-11", "0.00", "a holiday, Sunday, a transferred day off"),
        ("2025-11-01", "2025-11-01", "5263.16", "a working Saturday, 1 of 19"),
        ("2025-12-01", "2026-01-31", "200000.00", "over the year's end"),
    ],
)
def test_hr_14_pay_is_by_working_days(start: str, end: str, amount: str, why: str) -> None:
    assert str(pay([rate("2025-01-01")], d(start), d(end), RU)) == amount, why


def test_hr_14_each_day_is_paid_by_the_rate_that_is_valid_on_it() -> None:
    """May 2026 has 19 working days, 9 of them by the 17th (ст. 129, 135)."""
    rates = [rate("2026-01-01", "2026-05-17"), rate("2026-05-18", salary="190000", share="0.5")]
    assert str(pay(rates, d("2026-05-01"), d("2026-05-17"), RU)) == "47368.42"
    assert str(pay(rates, d("2026-05-18"), d("2026-05-31"), RU)) == "50000.00"
    assert str(pay(rates, d("2026-05-01"), d("2026-05-31"), RU)) == "97368.42"


def test_hr_14_days_without_a_rate_bring_nothing() -> None:
    assert str(pay([rate("2026-05-18")], d("2026-05-01"), d("2026-05-17"), RU)) == "0.00"
    assert str(pay([], d("2026-05-01"), d("2026-05-17"), RU)) == "0.00"


def test_hr_14_two_rates_on_one_day_are_refused() -> None:
    both = [rate("2026-01-01", "2026-05-18"), rate("2026-05-18")]
    with pytest.raises(RatesOverlap):
        pay(both, d("2026-01-01"), d("2026-01-31"), RU)
    with pytest.raises(RatesOverlap):
        rate_on(both, d("2026-05-18"))
    assert rate_on(both, d("2026-05-17")) == both[0]
    assert rate_on(both, d("2025-12-31")) is None


def recorded(rates: list[Rate], new: Rate) -> list[Rate]:
    """What is known once a new rate is recorded, in order."""
    new = until_next(new, rates)
    covered = [known for known in rates if known.period.overlaps(new.period)]
    left = [known for known in rates if known not in covered]
    return sorted(
        [*left, *(rest for known in covered for rest in rests(known, new)), new], key=lambda one: one.valid_from
    )


def test_hr_14_a_change_ends_the_rate_before_it_on_the_day_before() -> None:
    old, new = rate("2026-01-01"), rate("2026-05-18", salary="120000")
    assert recorded([old], new) == [rate("2026-01-01", "2026-05-17"), new]
    assert recorded([], new) == [new]


def test_hr_14_a_backdated_change_ends_before_the_next_rate_begins() -> None:
    first, next_ = rate("2026-01-01", "2026-05-31"), rate("2026-06-01", salary="120000")
    assert recorded([first, next_], rate("2026-03-01", salary="110000")) == [
        rate("2026-01-01", "2026-02-28"),
        rate("2026-03-01", "2026-05-31", salary="110000"),
        next_,
    ]
    assert recorded([first, next_], rate("2025-07-01"))[0] == rate("2025-07-01", "2025-12-31")


def test_hr_14_a_rate_for_a_while_leaves_the_rest_of_the_one_it_interrupts() -> None:
    old, acting = rate("2026-01-01"), rate("2026-03-01", "2026-03-31", salary="150000")
    assert recorded([old], acting) == [rate("2026-01-01", "2026-02-28"), acting, rate("2026-04-01")]


def test_hr_14_a_rate_from_the_same_day_again_takes_the_place_of_the_first() -> None:
    assert recorded([rate("2026-01-01")], rate("2026-01-01", salary="1")) == [rate("2026-01-01", salary="1")]


def test_hr_14_a_change_leaves_what_was_calculated_before_it_as_it_was() -> None:
    old = rate("2026-01-01")
    for rates in ([old], recorded([old], rate("2026-05-18", salary="120000"))):
        assert str(pay(rates, d("2026-05-01"), d("2026-05-17"), RU)) == "47368.42"


def test_hr_14_pay_has_a_line_for_each_month_and_rate() -> None:
    rates = [rate("2026-01-01", "2026-05-17"), rate("2026-05-18", salary="190000", share="0.5")]
    lines = pay_lines(rates, d("2026-04-30"), d("2026-05-31"), RU)
    assert [(line.period.start.isoformat(), line.worked, line.of, str(line.amount)) for line in lines] == [
        ("2026-04-30", 1, 22, "4545.45"),
        ("2026-05-01", 9, 19, "47368.42"),
        ("2026-05-18", 10, 19, "50000.00"),
    ]


def test_average_earnings_are_by_29_3_days_a_month() -> None:
    """ТК РФ, ст. 139: 12 whole months; and one of which 15 days of 31 count."""
    whole = [MonthPaid(Decimal(100000), 31, 31)] * 12
    assert str(average_daily(whole)) == "3412.97"
    part = [*whole[:11], MonthPaid(Decimal(50000), 15, 31)]
    assert str(average_daily(part)) == "3417.76"
    assert str(average_daily([])) == "0.00"
    assert str(vacation_pay(Decimal("3412.97"), 14)) == "47781.58"


@given(share=SHARES, salary=SALARIES, start=st.integers(0, 700), length=st.integers(0, 120), cut=st.integers(0, 120))
def test_hr_14_parts_of_a_period_are_paid_as_much_as_the_whole(
    share: Decimal, salary: Decimal, start: int, length: int, cut: int
) -> None:
    first = d("2025-01-01") + timedelta(days=start)
    last, middle = first + timedelta(days=length), first + timedelta(days=min(cut, length))
    rates = [rate("2025-01-01", "2026-02-10"), Rate(share=share, salary=salary, valid_from=d("2026-02-11"))]
    rest = pay(rates, middle + timedelta(days=1), last, RU) if middle < last else Decimal(0)
    assert pay(rates, first, middle, RU) + rest == pay(rates, first, last, RU)


@given(since=st.lists(st.tuples(st.integers(0, 400), st.none() | st.integers(0, 100)), max_size=8))
def test_hr_14_no_row_of_changes_makes_two_rates_valid_on_a_day(since: list[tuple[int, int | None]]) -> None:
    rates: list[Rate] = []
    for start, length in since:
        first = d("2026-01-01") + timedelta(days=start)
        last = None if length is None else first + timedelta(days=length)
        rates = recorded(rates, Rate(share=Decimal(1), salary=Decimal(start), valid_from=first, valid_to=last))
        valid = rate_on(rates, first)
        assert valid is not None
        assert valid.salary == start
    for day in range(0, 500, 7):
        rate_on(rates, d("2026-01-01") + timedelta(days=day))  # RatesOverlap if there were two
