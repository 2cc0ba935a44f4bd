"""The daily summary: counts as SQL has them, at each person's own hour, one a day; reports; the picture of a week."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from time_machine import Traveller, travel

from angarium.engine.delivery.public import Delivery, message_of
from angarium.engine.events.public import Event
from angarium.engine.identity.public import of_person
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.public import Slot
from angarium.modules.projects import pictures
from angarium.modules.projects.choosing import choose
from angarium.modules.projects.counting import Bar, standings, week
from angarium.modules.projects.models import Member, Notice, Project, Report, Task
from angarium.modules.projects.tasks import begin_days, forget_members, send_daily_summary

from .telling import DAY, HOUR, NOON, letters, one_day, project, run_of, somebody, task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with travel(NOON, tick=False) as moved:
        yield moved


def full(made: Project, **numbers: int) -> Project:
    """So many tasks of each status, and overdue ones, which are pending."""
    for status, number in numbers.items():
        late = status == "overdue"
        for _ in range(number):
            task(made, NOON + (-HOUR if late else 9 * DAY), status="pending" if late else status)
    return made


def summary(at: datetime = NOON) -> Any:
    return send_daily_summary(run_of(), Slot(at)).output


def test_pm_10_the_letter_has_the_counts_that_sql_has(settings: Any) -> None:
    settings.PROJECTS_NOTIFY = ["boss@example.org"]
    full(project("Альфа"), pending=2, in_progress=3, completed=4, overdue=1)
    full(project("Бета"), completed=1)
    project("Пустой")
    assert summary()["reports"] == 3
    [letter] = Delivery.objects.filter(topic="projects.summary")
    body = message_of(letter).body
    for row in Project.objects.order_by("name"):
        sql = Counter(Task.objects.filter(project=row).values_list("status", flat=True))
        late = Task.objects.filter(project=row, due_date__lt=NOON).exclude(status="completed").count()
        told = f"pending: {sql['pending']}, in progress: {sql['in_progress']}, completed: {sql['completed']}"
        assert f"{row.name}\n  {told}; overdue: {late}\n" in body
    assert "All of them: pending: 3, in progress: 3, completed: 5; overdue: 1" in body
    assert (letter.address, letter.language) == ("boss@example.org", "en")


def test_pm_10_a_report_is_made_once_for_a_project_and_day_and_told() -> None:
    made = full(project(), pending=1, in_progress=2, completed=3, overdue=4)
    for _ in range(2):
        summary()
    row = Report.objects.get()
    assert (row.day, row.pending, row.in_progress, row.completed, row.overdue) == (date(2030, 3, 4), 5, 2, 3, 4)
    event = Event.objects.get(type="projects.report_generated.v1")
    assert event.data == {
        "report_id": row.pk,
        "project_id": made.pk,
        "name": "Сайт",
        "day": "2030-03-04",
        "pending": 5,
        "in_progress": 2,
        "completed": 3,
        "overdue": 4,
    }
    summary(NOON + DAY)
    assert Report.objects.count() == Event.objects.filter(type="projects.report_generated.v1").count() == 2


def test_pm_10_without_addresses_the_reports_are_made_all_the_same() -> None:
    full(project(), pending=1)
    assert summary() == {"reports": 1, "letters": []}
    assert letters() == []


def test_pm_10_an_empty_summary_is_not_sent(settings: Any) -> None:
    settings.PROJECTS_NOTIFY = ["boss@example.org"]
    ann = somebody("ann")
    project(owner=ann)
    summary()
    one_day(ann)
    one_day(somebody("ben"))
    assert letters() == []


def test_pm_10_a_person_is_told_of_their_own_projects_once_a_day() -> None:
    ann = somebody("ann")
    full(project("Мой", viewer=ann), pending=1)
    full(project("Чужой"), pending=1)
    for _ in range(3):
        one_day(ann)
    one_day(ann, NOON + DAY)
    assert letters("summary") == [("ann@example.org", "projects.summary")] * 2
    body = message_of(Delivery.objects.filter(topic="projects.summary").earliest("id")).body
    assert ("Мой" in body, "Чужой" in body) == (True, False)
    assert Report.objects.filter(project__name="Мой").count() == 2


def test_pm_10_a_letter_at_8_by_each_person_s_own_clock_and_hour() -> None:
    hers = full(project(), pending=1)
    for name, zone, hour in (("utc", "UTC", None), ("msk", "Europe/Moscow", None), ("late", "UTC", 21)):
        person = somebody(name, timezone=zone)
        Member.objects.create(project=hers, person=person.pk)
        if hour is not None:
            choose(of_person(person), choices=[], hour=hour)
    somebody("stranger")
    begun = {}
    for quarter in range(96):
        at = NOON.replace(hour=0) + timedelta(minutes=15) * quarter
        for _ in range(2):
            begin_days(Slot(at))
        for row in Operation.objects.filter(kind="projects.tell_day").exclude(pk__in=begun):
            begun[row.pk] = f"{at:%H:%M}"
    assert sorted(begun.values()) == ["05:00", "08:00", "21:00"]


def test_pm_10_by_choice_the_summary_is_in_the_daily_letter_or_nowhere() -> None:
    ann = somebody("ann")
    within, never = full(project("Внутри", owner=ann), pending=2), full(project("Никогда", owner=ann), pending=2)
    choices = [(within, "digest"), (never, "none")]
    choose(of_person(ann), choices=[{"project": one.pk, "reason": "summary", "way": way} for one, way in choices])
    one_day(ann)
    assert letters() == [("ann@example.org", "projects.digest")]
    message = message_of(Delivery.objects.get())
    assert ("Внутри" in message.body, "Никогда" in message.body) == (True, False)
    assert "pending: 2" in message.body
    assert "Внутри" in message.html


def test_pm_10_the_letter_is_in_the_reader_s_language_with_a_picture() -> None:
    ann = somebody("ann", language="ru")
    full(project("<b>Сайт</b>", owner=ann), pending=1)
    one_day(ann)
    message = message_of(Delivery.objects.get())
    assert message.subject == "Проекты на 4 марта 2030 г.: просрочено 0"
    [picture] = message.attachments
    assert (picture.name, picture.media_type) == ("week-2030-03-04.png", "image/png")
    assert f"cid:{picture.cid}" in message.html
    assert "<b>Сайт</b>" not in message.html
    assert "<b>Сайт</b>" in unescape(message.html)


def test_pm_b5_the_week_is_told_by_its_reports_and_today_as_it_is_found() -> None:
    made, other = full(project(), pending=1, in_progress=1, completed=2, overdue=1), project("Другой")
    for ago, numbers in ((6, (5, 1, 0, 2)), (2, (1, 1, 3, 1)), (7, (9, 9, 9, 9))):
        names = ("pending", "in_progress", "completed", "overdue")
        Report.objects.create(project=made, day=NOON.date() - ago * DAY, **dict(zip(names, numbers, strict=True)))
        Report.objects.create(project=other, day=NOON.date() - ago * DAY, **dict.fromkeys(names, 7))
    bars = week(standings(Project.objects.filter(pk=made.pk), NOON), NOON.date())
    assert [(bar.done, bar.open, bar.overdue) for bar in bars] == [
        (0, 4, 2), (0, 0, 0), (0, 0, 0), (0, 0, 0), (3, 1, 1), (0, 0, 0), (2, 2, 1),
    ]  # fmt: skip
    assert [bar.day.day for bar in bars] == [26, 27, 28, 1, 2, 3, 4]


def test_a_bar_is_as_long_as_its_numbers() -> None:
    days = [Bar(date(2030, 3, 4), 60, 10, 10), *(Bar(date(2030, 3, 4 + n), 0, 0, 0) for n in range(1, 7))]
    png, at, found = pictures.week(days), 8, {}
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
        at += 12 + length
    points, wide = zlib.decompress(found[b"IDAT"]), pictures.WIDTH + 1
    middle = 1 + pictures.LEFT + (pictures.WIDTH - pictures.LEFT - pictures.RIGHT) // 14
    column = [points[start + middle] for start in range(0, len(points), wide)]
    room = pictures.HEIGHT - pictures.TOP - pictures.BOTTOM
    counts = [column.count(colour) for colour in (pictures.DONE, pictures.OPEN, pictures.OVERDUE)]
    assert counts == [room * 60 // 80, room * 10 // 80, room * 10 // 80]
    assert len(png) < 10_000


def test_members_of_projects_long_gone_are_forgotten_and_those_of_lately_are_not(clock: Traveller) -> None:
    ann = somebody("ann")
    there, gone = project(owner=ann), project(owner=ann)
    gone.delete()
    assert forget_members(Slot(NOON)).output["members"] == 0
    clock.move_to(NOON + DAY + HOUR)
    lately = project(owner=ann)
    Project.objects.filter(pk=lately.pk).delete()
    assert forget_members(Slot(NOON)).output["members"] == 1
    kept = Member.objects.values_list("project_id", flat=True)
    assert set(kept) == {there.pk, lately.pk}


def test_notices_are_let_go_of_long_after_they_were_told(clock: Traveller, settings: Any) -> None:
    ann = somebody("ann")
    for key, letter in (("told", ann.pk), ("waits", None)):
        Notice.objects.create(person=ann.pk, key=key, reason="status", project=1, task=1, letter=letter)
    clock.move_to(NOON + (settings.RETENTION_DAYS + 1) * DAY)
    forget_members(Slot(NOON))
    assert list(Notice.objects.values_list("key", flat=True)) == ["waits"]
