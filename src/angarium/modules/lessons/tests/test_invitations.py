"""Entries of calendars, read back by a parser that is not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from angarium.modules.lessons.invitations import Entry, Party, calendar

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
ENTRY = Entry(
    lesson=7,
    sequence=3,
    stamp=NOON - timedelta(days=1),
    title="Алгебра",
    start=NOON,
    minutes=45,
    organizer=Party("Angarium", "angarium@school.example"),
    attendees=[Party("Анна", "anna@example.org"), Party("Елена", "elena@example.org")],
)


def event_of(text: str) -> tuple[Calendar, Any]:
    read = Calendar.from_ical(text)
    [event] = read.walk("VEVENT")
    return read, event


def test_les_b6_a_request_is_what_another_parser_reads() -> None:
    read, event = event_of(calendar(ENTRY, "REQUEST"))
    assert (read["METHOD"], read["VERSION"]) == ("REQUEST", "2.0")
    assert event["UID"] == "lesson-7@school.example"
    assert event["SEQUENCE"] == 3
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOON, NOON + timedelta(minutes=45))
    assert event["DTSTAMP"].dt == NOON - timedelta(days=1)
    assert (str(event["SUMMARY"]), event["STATUS"]) == ("Алгебра", "CONFIRMED")
    assert event["ORGANIZER"] == "mailto:angarium@school.example"
    assert [(who, who.params["CN"]) for who in event["ATTENDEE"]] == [
        ("mailto:anna@example.org", "Анна"),
        ("mailto:elena@example.org", "Елена"),
    ]


def test_les_b6_a_cancellation_takes_the_same_entry_out() -> None:
    read, event = event_of(calendar(replace(ENTRY, sequence=4, cancelled=True), "CANCEL"))
    assert (read["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 4)
    assert event["UID"] == ENTRY.uid


@pytest.mark.parametrize(
    "title", ["a;b,c\\d", "a\\nb", 'He said "no"', "я" * 255, "👩‍🏫" * 60, "a:b=c", "a\r\nATTENDEE:x"]
)
def test_les_b6_nothing_in_a_title_breaks_the_entry(title: str) -> None:
    text = calendar(replace(ENTRY, title=title, attendees=[Party(title, "a@example.org")]), "REQUEST")
    _, event = event_of(text)
    assert str(event["SUMMARY"]) == "".join(c for c in title.replace("\r\n", "\n") if c == "\n" or c.isprintable())
    assert isinstance(event["ATTENDEE"], str)


@given(st.text(max_size=300))
def test_les_b6_lines_are_folded_at_75_octets_and_never_inside_a_character(title: str) -> None:
    text = calendar(replace(ENTRY, title=title), "REQUEST")
    lines = text.encode("utf-8", "surrogatepass").split(b"\r\n")
    assert lines.pop() == b""
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in b"".join(lines)
