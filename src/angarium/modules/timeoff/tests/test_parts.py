"""How a working year's vacation is split (art. 125), and when the first may be (art. 122)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.timeoff.accrual import Absence, AbsenceKind, Facts
from angarium.modules.timeoff.calendar import Period
from angarium.modules.timeoff.parts import first_vacation, long_part, parts_by_year


def days(*numbers: int) -> list[Decimal]:
    return [Decimal(number) for number in numbers]


@pytest.mark.parametrize(
    ("parts", "noticed", "why"),
    [
        ([], False, "ст. 125: all of it is left"),
        ([14], False, "14 days"),
        ([7, 7, 14], False, "the last part is long"),
        ([7, 7], False, "14 are left"),
        ([7, 8], True, "13 are left"),
        ([13, 13, 2], True, "none has 14"),
        ([28], False, "in one piece"),
    ],
)
def test_hr_12_one_part_of_a_working_year_has_14_days(parts: list[int], noticed: bool, why: str) -> None:
    notice = long_part(days(*parts))
    assert (notice is not None) == noticed, why
    if notice:
        assert (notice.code, notice.article) == ("no_long_part", "ТК РФ, ст. 125")
        assert notice.facts["longest"] == max(parts)


def test_hr_12_takings_use_up_the_oldest_working_year_first() -> None:
    assert parts_by_year(days(14, 10, 10, 28)) == [(14, 10, 4), (6, 22), (6,)]
    assert parts_by_year([]) == []
    assert parts_by_year(days(14), Decimal(0)) == []


@given(st.lists(st.integers(1, 60), max_size=10), st.integers(1, 60))
def test_hr_12_parts_of_years_add_up_to_what_was_taken(taken: list[int], entitlement: int) -> None:
    years = parts_by_year(days(*taken), Decimal(entitlement))
    assert sum(map(sum, years)) == sum(taken)
    assert all(sum(parts) == entitlement for parts in years[:-1])


@pytest.mark.parametrize(
    ("start", "noticed"), [("2026-01-20", True), ("2026-07-14", True), ("2026-07-15", False), ("2027-01-15", False)]
)
def test_hr_12_the_first_vacation_is_due_after_six_months_and_sooner_by_agreement(start: str, noticed: bool) -> None:
    notice = first_vacation(Facts(date(2026, 1, 15)), date.fromisoformat(start))
    assert (notice is not None) == noticed
    if notice:
        assert (notice.article, notice.facts) == ("ТК РФ, ст. 122", {"since": date(2026, 7, 15)})


def test_hr_12_six_months_are_longer_by_what_does_not_count() -> None:
    missed = Absence(Period(date(2026, 3, 2), date(2026, 3, 3)), AbsenceKind.UNEXCUSED)
    notice = first_vacation(Facts(date(2026, 1, 15), absences=(missed,)), date(2026, 7, 16))
    assert notice
    assert notice.facts == {"since": date(2026, 7, 17)}
