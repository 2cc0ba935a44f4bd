"""When an operation will probably be done, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from angarium.modules.operations.progress import Eta, by_past, by_rate, percent, quantile

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
PAST = [float(seconds) for seconds in range(10, 110, 10)]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (None, None, None),
        (1, None, None),
        (1, 0, None),
        (1, -5, None),
        (0, 10, 0.0),
        (1, 3, 33.3),
        (10, 10, 100.0),
        (12, 10, 100.0),
        (-2, 10, 0.0),
    ],
)
def test_the_percentage(done: float | None, total: float | None, shown: float | None) -> None:
    assert percent(done, total) == shown


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "left"),
    [
        (1, 10, 10, 90),
        (5, 10, 60, 60),
        (10, 10, 60, 0),
        (0, 10, 60, None),
        (None, 10, 60, None),
        (5, None, 60, None),
        (11, 10, 60, None),
        (5, 10, 0, None),
        (5, 10, -3, None),
        (1e-300, 1e300, 60, None),
        (1, 1e9, 60, None),
    ],
)
def test_by_its_own_rate(done: float | None, total: float | None, elapsed: float, left: float | None) -> None:
    moment = after(elapsed)
    expected = None if left is None else Eta(moment + timedelta(seconds=left))
    assert by_rate(done=done, total=total, since=NOON, moment=moment) == expected


@pytest.mark.parametrize(
    ("durations", "elapsed", "at", "late"),
    [
        (PAST, 0, 50, 90),
        (PAST, 45, 70, 100),
        (PAST, 95, 100, 100),
        (PAST, 100, None, None),
        (PAST[:3], 0, 20, 30),
        (PAST[:2], 0, None, None),
        ([], 0, None, None),
    ],
)
def test_by_how_long_others_took(durations: list[float], elapsed: float, at: float | None, late: float | None) -> None:
    expected = None if at is None or late is None else Eta(after(at), after(late))
    assert by_past(durations=durations, started=NOON, moment=after(elapsed)) == expected


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 2), (0.51, 3), (0.9, 4), (1.0, 4)])
def test_a_quantile_is_one_of_the_values(share: float, value: float) -> None:
    assert quantile([1, 2, 3, 4], share) == value
