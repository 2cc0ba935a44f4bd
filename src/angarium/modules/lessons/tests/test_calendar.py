"""The calendar: where lessons stand on it, what it shows to whom, and that it asks little of the database."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.lessons.models import Lesson, Student, Teacher
from angarium.modules.lessons.pages.grid import Block, bounds, grid

from .conftest import NOON, at

Values = dict[str, Any]
CALENDAR = "/app/lessons/calendar/"
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2030, 3, 4)


def unsaved(number: int, start: str, minutes: int = 60) -> Lesson:
    return Lesson(id=number, title=str(number), starts_at=datetime.fromisoformat(start), duration_minutes=minutes)


def blocks(*lessons: Lesson, day: date = MONDAY, zone: ZoneInfo = BERLIN) -> list[Block]:
    return grid(lessons, day, 1, zone, NOON).days[0].blocks


def test_les_b8_lessons_at_the_same_time_stand_in_lanes_and_others_have_the_whole_width() -> None:
    found = blocks(
        unsaved(1, "2030-03-04T09:00+01:00", 120),
        unsaved(2, "2030-03-04T09:30+01:00", 30),
        unsaved(3, "2030-03-04T10:00+01:00", 90),
        unsaved(4, "2030-03-04T11:30+01:00"),
    )
    assert [(one.lesson.id, one.lane, one.lanes) for one in found] == [(1, 0, 2), (2, 1, 2), (3, 1, 2), (4, 0, 1)]


def test_les_b8_a_lesson_over_midnight_stands_on_both_days() -> None:
    night = unsaved(1, "2030-03-04T23:30+01:00", 90)
    first, second = grid([night], MONDAY, 2, BERLIN, NOON).days
    assert [(one.first, one.last) for one in (*first.blocks, *second.blocks)] == [(23 * 60 + 30, 24 * 60), (0, 60)]


@pytest.mark.parametrize(
    ("start", "minutes", "day", "expected"),
    [
        ("2030-03-31T00:30Z", 60, date(2030, 3, 31), (90, 210)),  # 01:30 to 03:30: an hour of it does not exist
        ("2030-10-27T00:30Z", 60, date(2030, 10, 27), (150, 151)),  # 02:30 to 02:30: the hour comes twice
        ("2030-10-27T11:00Z", 60, date(2030, 10, 27), (720, 780)),  # noon stays in the middle of a day of 25 hours
    ],
)
def test_les_b8_on_days_of_23_and_25_hours_lessons_stand_by_the_wall_clock(
    start: str, minutes: int, day: date, expected: tuple[int, int]
) -> None:
    [block] = blocks(unsaved(1, start, minutes), day=day)
    assert (block.first, block.last) == expected


@pytest.mark.parametrize(("day", "hours"), [(date(2030, 3, 31), 23), (date(2030, 10, 27), 25), (MONDAY, 24)])
def test_les_b8_a_day_goes_from_midnight_to_midnight(day: date, hours: int) -> None:
    begin, end = bounds(day, 1, BERLIN)
    assert end - begin == timedelta(hours=hours)


def test_les_b8_hours_in_which_something_is_are_shown_also_at_night() -> None:
    assert (grid([], MONDAY, 7, BERLIN, NOON).first, grid([], MONDAY, 7, BERLIN, NOON).last) == (8, 20)
    shown = grid([unsaved(1, "2030-03-04T05:30+01:00"), unsaved(2, "2030-03-04T21:30+01:00")], MONDAY, 7, BERLIN, NOON)
    assert (shown.first, shown.last) == (5, 23)


def test_les_b8_now_is_marked_on_todays_column_alone() -> None:
    days = grid([], MONDAY, 7, BERLIN, datetime(2030, 3, 6, 9, 30, tzinfo=UTC)).days
    assert [day.now for day in days] == [None, None, 130, None, None, None, None]


@pytest.fixture
def staff(db: None) -> Client:
    return client_signed_in(make_person(role=Role.STAFF, timezone="Europe/Moscow", password=None))


def text_of(client: Client, query: str, status: int = 200, **headers: str) -> str:
    answer = client.get(f"{CALENDAR}?{query}", headers=headers)
    assert answer.status_code == status
    return answer.content.decode()


def test_les_b8_a_lesson_stands_on_the_readers_clock_with_its_state_as_a_word(staff: Client, lesson: Lesson) -> None:
    text = text_of(staff, "date=2030-03-06")
    assert "4–10 March 2030" in text
    assert "Times are on your clock: Europe/Moscow." in text
    assert 'aria-label="15:00–16:00 Алгебра, planned, Анна, Елена"' in text
    assert 'data-state="planned"' in text
    assert text.count(f'href="/app/lessons/{lesson.pk}/"') == 2  # on the grid, and in the list for narrow screens


def test_les_b8_a_day_is_shown_alone(staff: Client, lesson: Lesson) -> None:
    assert "Алгебра" in text_of(staff, "view=day&date=2030-03-04")
    other = text_of(staff, "view=day&date=2030-03-05")
    assert "Алгебра" not in other
    assert "No lesson on this day." in other


def test_les_b8_it_is_narrowed_to_a_teacher_or_a_student(staff: Client, values: Values, lesson: Lesson) -> None:
    other = Teacher.objects.create(name="Ольга", email="olga@example.org")
    Lesson.objects.create(**values | at(2) | {"title": "Физика", "teacher": other})
    narrowed = text_of(staff, f"date=2030-03-04&teacher={other.pk}")
    assert ("Физика" in narrowed, "Алгебра" in narrowed) == (True, False)
    both = text_of(staff, f"date=2030-03-04&student={lesson.student_id}")
    assert ("Физика" in both, "Алгебра" in both) == (True, True)


def test_les_b8_an_hour_leads_to_the_form_with_time_and_people_filled_in(staff: Client, lesson: Lesson) -> None:
    text = text_of(staff, f"date=2030-03-04&student={lesson.student_id}")
    slot = f"/app/lessons/new/?starts_at=2030-03-05T09:00&amp;student_id={lesson.student_id}"
    assert f'href="{slot}"' in text
    form = staff.get(slot.replace("&amp;", "&")).content.decode()
    assert 'value="2030-03-05T09:00"' in form
    assert f'<option value="{lesson.student_id}" selected>' in form
    assert '<option value="Europe/Moscow" selected>' in form


def test_les_b8_members_see_their_own_lessons_and_no_hours_to_plan_in(values: Values, lesson: Lesson) -> None:
    person = make_person(password=None)
    stranger, mine = client_signed_in(make_person(password=None)), client_signed_in(person)
    Student.objects.filter(pk=lesson.student_id).update(person=person.id)
    assert "Алгебра" not in text_of(stranger, "date=2030-03-04")
    own = text_of(mine, "date=2030-03-04")
    assert "Алгебра" in own
    assert 'class="slot"' not in own


def test_les_b8_the_open_page_asks_for_the_part_that_changes(staff: Client, lesson: Lesson) -> None:
    part = text_of(staff, "date=2030-03-04", HX_Request="true")
    assert "Алгебра" in part
    assert "<html" not in part
    whole = text_of(staff, "date=2030-03-04")
    assert re.search(r'hx-get="/app/lessons/calendar/\?date=2030-03-04"', whole)
    assert 'data-live="lesson:*"' in whole


@pytest.mark.parametrize(
    "query", ["date=nonsense", "date=0001-01-01", "date=9999-12-31", "view=year", "teacher=x", "student=999999999"]
)
def test_les_b8_what_makes_no_sense_is_said_and_is_no_500(staff: Client, query: str) -> None:
    assert 'class="wrong"' in text_of(staff, query, 400)


def test_les_b8_more_lessons_cost_no_more_queries(staff: Client, values: Values) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            text_of(staff, "date=2030-03-06")
        return len(caught)

    Lesson.objects.create(**values)
    few = queries()
    for hour in range(1, 25):
        Lesson.objects.create(**values | at(hour))
    assert queries() == few <= 8
