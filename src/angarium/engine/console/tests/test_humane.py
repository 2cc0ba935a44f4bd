"""Times and durations as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from angarium.engine.console import humane

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("apart", "english", "russian"),
    [
        (timedelta(seconds=-10), "just now", "только что"),
        (timedelta(minutes=-1), "1 min ago", "1 мин назад"),
        (timedelta(minutes=-25), "25 min ago", "25 мин назад"),
        (timedelta(minutes=5), "in 5 min", "через 5 мин"),
        (timedelta(hours=-2), "today, 13:00", "сегодня, 13:00"),
        (timedelta(hours=-16), "yesterday, 23:00", "вчера, 23:00"),
        (timedelta(hours=20), "tomorrow, 11:00", "завтра, 11:00"),
        (timedelta(days=-30), "22 October, 15:00", "22 октября, 15:00"),
        (timedelta(days=-400), "17 October 2025, 15:00", "17 октября 2025, 15:00"),
    ],
)
def test_an_instant_is_told_beside_now_on_the_viewers_clock(apart: timedelta, english: str, russian: str) -> None:
    with timezone.override(ZoneInfo("Europe/Moscow")):
        with translation.override("en"):
            assert humane.near(NOON + apart, now=NOON) == english
        with translation.override("ru"):
            assert humane.near(NOON + apart, now=NOON) == russian


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0, "0", "0"),
        (0.0402, "40 ms", "40 мс"),
        (1, "1 s", "1 с"),
        (12.345, "12.3 s", "12.3 с"),
        (184, "3 min 4 s", "3 мин 4 с"),
        (7500, "2 h 5 min", "2 ч 5 мин"),
        (274_000, "3 d 4 h", "3 д 4 ч"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(seconds: float, english: str, russian: str) -> None:
    with translation.override("en"):
        assert humane.lasting(seconds) == english
    with translation.override("ru"):
        assert humane.lasting(seconds) == russian


def test_exact_times_name_their_zone() -> None:
    with timezone.override(ZoneInfo("Asia/Almaty")), translation.override("en"):
        assert humane.exact(NOON) == "21 November 2026, 17:00:00 (Asia/Almaty)"
        assert humane.clock(NOON + timedelta(milliseconds=7)) == "21 November, 17:00:00.007"


def test_a_span_stands_on_the_wall_clock_of_its_own_zone() -> None:
    with translation.override("en"):
        assert humane.span_of(NOON, "Europe/Berlin", 90) == "21 November 2026, 13:00–14:30 (Europe/Berlin)"
        assert humane.span_of(NOON, "UTC") == "21 November 2026, 12:00 (UTC)"


def test_another_wall_clock_names_the_day_only_where_it_differs() -> None:
    with timezone.override(ZoneInfo("UTC")), translation.override("en"):
        assert humane.wall(NOON, "Europe/Moscow") == "15:00 Europe/Moscow"
        assert humane.wall(NOON, "Pacific/Auckland") == "22 November, 01:00 Pacific/Auckland"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.5, "500 ms"), (30, "30 s"), (120, "2 min"), (7200, "2 h"), (86400, "1 d"), (90, "1 min 30 s")],
)
def test_an_axis_names_one_unit_where_the_others_are_nothing(seconds: float, words: str) -> None:
    assert humane.brief(seconds) == words
