"""Calendar feeds: what is in them, for whom, until when; and that their keys are kept and logged nowhere."""

from __future__ import annotations

import logging
import re
from datetime import date
from typing import Any

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from angarium.engine.identity.public import Person
from angarium.engine.identity.testing import client_signed_in
from angarium.modules.timeoff import actions, feeds, queries
from angarium.modules.timeoff.errors import UnknownDepartment
from angarium.modules.timeoff.models import Department, Employee, Feed

from .asking import HOST, refused, shown
from .company import TODAY, Company
from .deeds import STAFF
from .test_policy import company

__all__ = ["company"]
pytestmark = pytest.mark.django_db


def path_of(feed: Feed) -> str:
    return f"/feeds/{feeds.key_of(feed.pk)}.ics"


def fetch(feed: Feed, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path_of(feed), headers={"host": HOST, **headers})


def entries(answer: Any) -> list[tuple[str, date, date, str]]:
    """Each as (heading, first day, the day after the last, status)."""
    assert answer.status_code == 200, answer.content
    found = Calendar.from_ical(answer.content.decode()).walk("VEVENT")
    return [(str(one["summary"]), one["dtstart"].dt, one["dtend"].dt, str(one["status"])) for one in found]


def test_hr_b9_ones_own_absences_have_their_kinds_and_whole_days(company: Company) -> None:
    found = entries(fetch(company.feed))
    first, approved = (date.fromisoformat(str(one)) for one in (found[0][1], found[1][1]))
    assert [(title, status) for title, *_days, status in found] == [
        ("Vacation".lower(), "TENTATIVE"),
        ("vacation", "CONFIRMED"),
    ]
    assert ((found[0][2] - first).days, (found[1][2] - approved).days) == (7, 2)
    assert (first - TODAY).days == 30


def test_hr_b9_a_teams_calendar_says_who_is_away_and_not_why_and_nothing_undecided(company: Company) -> None:
    feed = actions.make_feed(by=company.principal("colleague"), department=company.sales.pk)
    answer = fetch(feed)
    assert [(title, status) for title, *_days, status in entries(answer)] == [("Anna: away", "CONFIRMED")]
    text = answer.content.decode()
    assert "vacation" not in text
    assert f"{company.words['approved']}" not in re.findall(r"UID:(\S+)", text)


def test_hr_b9_it_is_in_the_language_of_its_person(company: Company) -> None:
    Person.objects.filter(pk=company.people["anna"].pk).update(language="ru")
    assert [title for title, *_rest in entries(fetch(company.feed))] == ["отпуск", "отпуск"]


def test_hr_b9_what_is_unchanged_is_not_sent_again(company: Company) -> None:
    first = fetch(company.feed)
    again = fetch(company.feed, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    actions.cancel_request(company.words["approved"], by=STAFF)
    changed = fetch(company.feed, **{"if-none-match": first["ETag"]})
    assert len(entries(changed)) == 1
    assert changed["ETag"] != first["ETag"]
    uids = [re.findall(r"UID:(\S+)", one.content.decode())[0] for one in (first, changed)]
    assert uids[0] == uids[1]


def test_hr_b9_rights_are_asked_at_each_fetch(company: Company) -> None:
    of_team = actions.make_feed(by=company.principal("colleague"), department=company.sales.pk)
    above = actions.make_feed(by=company.principal("head_above"), department=company.sales.pk)
    assert (fetch(of_team).status_code, fetch(above).status_code) == (200, 200)
    actions.edit_employee(company.clara.pk, by=STAFF, department=company.store.pk)
    refused(fetch(of_team), 404, "no_feed")
    Department.objects.filter(head=company.dina).update(head=None)
    refused(fetch(above), 404, "no_feed")
    actions.edit_employee(company.clara.pk, by=STAFF, department=company.sales.pk)
    assert fetch(of_team).status_code == 200
    Employee.objects.filter(pk=company.clara.pk).update(dismissed_on=date(2024, 1, 1))
    refused(fetch(of_team), 404, "no_feed")
    Person.objects.filter(pk=company.people["anna"].pk).update(is_active=False)
    refused(fetch(company.feed), 404, "no_feed")


@pytest.mark.parametrize("who", ["stranger", "dismissed_manager", "deputy_then"])
def test_hr_b9_nobody_makes_a_feed_of_a_team_that_is_not_theirs(company: Company, who: str) -> None:
    refused(company.api(who)("POST", "/feeds/", {"department_id": company.sales.pk}), 400, "unknown_department")


def test_hr_b9_an_ended_feed_a_forged_key_and_another_purposes_are_told_alike(company: Company) -> None:
    key = feeds.key_of(company.feed.pk)
    decoys = [key[:-1] + ("A" if key[-1] != "A" else "B"), company.feed.pk.hex, "x", f"{company.feed.pk.hex}.x"]
    decoys.append(Signer(salt="angarium.timeoff.decision", sep=".").sign(company.feed.pk.hex))
    shown(company.api("herself")("DELETE", f"/feeds/{company.feed.pk}"), 204)
    client = Client(raise_request_exception=False)
    answers = [client.get(f"/feeds/{one}.ics", headers={"host": HOST}) for one in (key, *decoys)]
    told = {(one.status_code, one.json()["code"], one.json()["detail"]) for one in answers}
    assert told == {(404, "no_feed", "There is no such calendar feed: it was ended, or it is not for you any more.")}


def test_hr_b9_the_address_is_told_to_its_person_and_kept_and_logged_nowhere(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    api = company.api("herself")
    with caplog.at_level(logging.DEBUG):
        made = api("POST", "/feeds/", {}, Idempotency_Key="one")
        url = shown(made, 201)["url"]
        secret = url.rpartition(".ics")[0].rpartition(".")[2]
        assert fetch(Feed.objects.get(pk=made.json()["id"])).status_code == 200
    assert len(secret) == 43
    assert made["Cache-Control"] == "no-store"
    assert any("fetched" in one.getMessage() for one in caplog.records)
    assert not any(secret in one.getMessage() for one in caplog.records)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in repr(cursor.fetchall()), table


def test_hr_b9_a_page_shows_ones_addresses_makes_and_ends_them(company: Company) -> None:
    client = client_signed_in(Person.objects.get(pk=company.people["anna"].pk))
    there = reverse("timeoff_pages:feeds")
    answer = client.get(there)
    assert feeds.key_of(company.feed.pk) in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    for department in ("", str(company.sales.pk)):
        assert client.post(there, {"department": department, "sent": "1"}).status_code == 302
    assert client.post(there, {"department": str(company.store.pk), "sent": "1"}).status_code == 422
    assert queries.feeds_of(company.principal("herself")).count() == 3
    client.post(reverse("timeoff_pages:feed_end", args=[company.feed.pk]))
    refused(fetch(company.feed), 404)
    stranger = client_signed_in()
    other = queries.feeds_of(company.principal("herself")).last()
    assert other is not None
    assert stranger.post(reverse("timeoff_pages:feed_end", args=[other.pk])).status_code == 404
    assert feeds.key_of(other.pk) not in stranger.get(there).content.decode()


def test_hr_b9_whoever_reads_everything_follows_any_team_that_there_is(company: Company) -> None:
    api = company.api("staff")
    shown(api("POST", "/feeds/", {"department_id": company.sales.pk}), 201)
    refused(api("POST", "/feeds/", {"department_id": 2**31 - 1}), 400, "unknown_department")
    refused(api("POST", "/feeds/", {"department_id": "x"}), 400, field="department_id")


def test_hr_b9_there_are_only_so_many(company: Company) -> None:
    by = company.principal("herself")
    Feed.objects.bulk_create(Feed(person=by.id) for _number in range(19))
    refused(company.api("herself")("POST", "/feeds/", {}), 409)
    with pytest.raises(UnknownDepartment):
        actions.make_feed(by=by, department=company.store.pk)


def test_hr_b9_lines_are_folded_and_text_is_escaped() -> None:
    day = date(2026, 3, 1)
    away = feeds.Away(request=1, title="Мария; Анна, \\\n" * 9, start=day, end=day, said=Feed().created_at)
    text = feeds.calendar("Отдел, первый", [away])
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    [event] = Calendar.from_ical(text).walk("VEVENT")
    assert str(event["summary"]) == "Мария; Анна, \\" * 9
