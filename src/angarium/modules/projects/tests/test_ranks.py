"""Places on a board: always one more between two, in the same order everywhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.projects.ranks import between, in_a_row


@pytest.mark.parametrize(
    ("before", "after", "rank"),
    [("", "", "i"), ("i", "", "r"), ("", "i", "9"), ("a", "b", "ai"), ("a", "a1", "a0i"), ("az", "b", "azi")],
)
def test_between_two_there_is_a_short_one(before: str, after: str, rank: str) -> None:
    assert between(before, after) == rank


def test_nothing_is_between_a_rank_and_itself() -> None:
    with pytest.raises(ValueError, match="does not come before"):
        between("i", "i")


@given(st.lists(st.integers(0, 1000), max_size=60))
def test_pm_b3_wherever_cards_go_their_order_holds(places: list[int]) -> None:
    ranks: list[str] = []
    for number in places:
        place = number % (len(ranks) + 1)
        before = ranks[place - 1] if place else ""
        after = ranks[place] if place < len(ranks) else ""
        ranks.insert(place, between(before, after))
        assert not ranks[place].endswith("0")
    assert all(one < other for one, other in pairwise(ranks))


@given(st.integers(1, 300), st.sampled_from(["", "i", "z", "zz", "zzzz", "zzzz1", "001"]))
def test_a_row_of_them_comes_after_what_is_there(count: int, after: str) -> None:
    row = list(in_a_row(count, after))
    assert len(row) == count
    assert all(one < other for one, other in pairwise([after, *row]))


def test_ten_thousand_at_the_end_stay_short() -> None:
    last = ""
    for _ in range(10_000):
        (last,) = in_a_row(1, last)
    assert len(last) == 4
