"""How a lesson's time is said: four zones, two languages, on both sides of the changes of their clocks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from angarium.modules.lessons.moments import point, span

MOSCOW, BERLIN, NEW_YORK, KATHMANDU, LORD_HOWE = (
    *("Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


#: (start in UTC, minutes, reader's zone, lesson's zone, in English, in Russian)
SAID = [
    (
        "2030-01-15T12:00",
        60,
        MOSCOW,
        MOSCOW,
        "Tuesday, 15 January 2030, 15:00–16:00",
        "Вторник, 15 января 2030, 15:00–16:00",
    ),
    (
        "2030-01-15T12:00",
        60,
        BERLIN,
        MOSCOW,
        "Tuesday, 15 January 2030, 13:00–14:00 (Europe/Berlin)",
        "Вторник, 15 января 2030, 13:00–14:00 (Europe/Berlin)",
    ),
    (
        "2030-07-15T12:00",
        60,
        BERLIN,
        MOSCOW,
        "Monday, 15 July 2030, 14:00–15:00 (Europe/Berlin)",
        "Понедельник, 15 июля 2030, 14:00–15:00 (Europe/Berlin)",
    ),
    (
        "2030-07-15T12:00",
        60,
        MOSCOW,
        MOSCOW,
        "Monday, 15 July 2030, 15:00–16:00",
        "Понедельник, 15 июля 2030, 15:00–16:00",
    ),
    # Berlin, the clocks go forward at 02:00 on 31 March 2030: an hour from 01:30 ends at 03:30.
    (
        "2030-03-31T00:30",
        60,
        BERLIN,
        BERLIN,
        "Sunday, 31 March 2030, 01:30–03:30",
        "Воскресенье, 31 марта 2030, 01:30–03:30",
    ),
    # Berlin, the clocks go back at 03:00 on 27 October 2030: 02:30 comes twice.
    (
        "2030-10-27T00:30",
        60,
        BERLIN,
        BERLIN,
        "Sunday, 27 October 2030, 02:30 (UTC+2)–02:30 (UTC+1)",
        "Воскресенье, 27 октября 2030, 02:30 (UTC+2)–02:30 (UTC+1)",
    ),
    (
        "2030-10-27T00:30",
        60,
        MOSCOW,
        BERLIN,
        "Sunday, 27 October 2030, 03:30–04:30 (Europe/Moscow)",
        "Воскресенье, 27 октября 2030, 03:30–04:30 (Europe/Moscow)",
    ),
    # New York changes three weeks before Berlin in spring, and on 3 November in autumn.
    (
        "2030-03-15T16:00",
        45,
        NEW_YORK,
        BERLIN,
        "Friday, 15 March 2030, 12:00–12:45 (America/New_York)",
        "Пятница, 15 марта 2030, 12:00–12:45 (America/New_York)",
    ),
    (
        "2030-03-08T16:00",
        45,
        NEW_YORK,
        BERLIN,
        "Friday, 8 March 2030, 11:00–11:45 (America/New_York)",
        "Пятница, 8 марта 2030, 11:00–11:45 (America/New_York)",
    ),
    (
        "2030-11-03T05:30",
        30,
        NEW_YORK,
        NEW_YORK,
        "Sunday, 3 November 2030, 01:30 (UTC-4)–01:00 (UTC-5)",
        "Воскресенье, 3 ноября 2030, 01:30 (UTC-4)–01:00 (UTC-5)",
    ),
    (
        "2030-03-10T06:30",
        60,
        NEW_YORK,
        NEW_YORK,
        "Sunday, 10 March 2030, 01:30–03:30",
        "Воскресенье, 10 марта 2030, 01:30–03:30",
    ),
    # Kathmandu is at UTC+5:45 and never changes; over its midnight the day is said twice.
    (
        "2030-03-31T17:45",
        60,
        KATHMANDU,
        BERLIN,
        "Sunday, 31 March 2030, 23:30 – Monday, 1 April 2030, 00:30 (Asia/Kathmandu)",
        "Воскресенье, 31 марта 2030, 23:30 – Понедельник, 1 апреля 2030, 00:30 (Asia/Kathmandu)",
    ),
    (
        "2030-10-27T01:00",
        60,
        KATHMANDU,
        KATHMANDU,
        "Sunday, 27 October 2030, 06:45–07:45",
        "Воскресенье, 27 октября 2030, 06:45–07:45",
    ),
    # Lord Howe goes back by half an hour at 02:00 on 7 April 2030: 01:45 comes twice.
    (
        "2030-04-06T14:45",
        30,
        LORD_HOWE,
        LORD_HOWE,
        "Sunday, 7 April 2030, 01:45 (UTC+11)–01:45 (UTC+10:30)",
        "Воскресенье, 7 апреля 2030, 01:45 (UTC+11)–01:45 (UTC+10:30)",
    ),
]


@pytest.mark.parametrize(("start", "minutes", "reader", "lesson", "english", "russian"), SAID)
def test_les_b4_a_span_is_said_on_the_readers_clock_in_the_readers_language(
    start: str, minutes: int, reader: str, lesson: str, english: str, russian: str
) -> None:
    for language, expected in (("en", english), ("ru", russian)):
        with override(language):
            assert span(utc(start), minutes, reader=reader, lesson=lesson) == expected


def test_les_b4_a_point_is_said_by_the_same_rules() -> None:
    with override("en"):
        assert point(utc("2030-01-15T12:00"), reader=BERLIN, lesson=MOSCOW) == (
            "Tuesday, 15 January 2030, 13:00 (Europe/Berlin)"
        )
        assert point(utc("2030-10-27T01:30"), reader=BERLIN, lesson=BERLIN) == "Sunday, 27 October 2030, 02:30 (UTC+1)"
