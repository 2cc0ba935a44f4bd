"""Pages by primary key, and whole lists in bounded memory."""

from __future__ import annotations

import json
import re

import pytest

from angarium.engine.api.paging import CHUNK
from angarium.engine.identity.public import Person
from angarium.engine.identity.testing import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("angarium.engine.api.tests.example")]


def names(rows):
    return [row["username"] for row in rows]


def people(count: int) -> list[str]:
    made = [Person(username=f"p{number:04}") for number in range(count)]
    Person.objects.bulk_create(made)
    return [person.username for person in made]


def followed(api, url: str) -> list[list[str]]:
    pages = []
    while url:
        body = api.client.get(url, headers={"authorization": f"Bearer {api.secret}"}).json()
        pages.append(names(body["results"]))
        url = body["next"]
    return pages


def test_the_pages_hold_every_row_once_and_in_order(api):
    made = people(7)
    pages = followed(api, "/api/example/people/?limit=3")
    assert pages == [made[:3], made[3:6], made[6:]]


def test_the_newest_come_first_where_the_view_says_so(api):
    made = people(5)
    assert [name for page in followed(api, "/api/example/newest/?limit=2") for name in page] == made[::-1]


def test_a_row_deleted_or_made_meanwhile_moves_no_other(api):
    made = people(3)
    first = api.get("people/?limit=2").json()
    Person.objects.filter(username=made[1]).delete()
    late = make_person()
    rest = api.client.get(first["next"], headers={"authorization": f"Bearer {api.secret}"}).json()
    assert names(rest["results"]) == [*made[2:], late.username]


def test_a_hundred_rows_are_a_page_unless_told_otherwise(api):
    people(101)
    body = api.get("people/").json()
    assert len(body["results"]) == 100
    assert "cursor=" in body["next"]


def test_the_link_keeps_filters_and_leads_back_to_its_host(api):
    people(3)
    answer = api.get("people/?limit=1", host="example.localhost:8000")
    address = re.fullmatch(r'<(.+)>; rel="next"', answer["Link"])[1]
    assert address == answer.json()["next"]
    assert address.startswith("http://example.localhost:8000/api/example/people/?limit=1&cursor=")


def test_an_exact_page_has_no_next(api):
    people(3)
    answer = api.get("people/?limit=3")
    assert answer.json()["next"] is None
    assert "Link" not in answer


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "ten", "", "%20", "٣", "99999999999"])
def test_a_bad_limit_is_400(api, limit):
    answer = api.get(f"people/?limit={limit}")
    assert (answer.status_code, answer.json()["field"]) == (400, "limit")


@pytest.mark.parametrize("cursor", ["x", "", "!!!!", "MTIz", "e30", "bm90IGEgdXVpZA", "A" * 3000])
def test_a_bad_cursor_is_400(api, cursor):
    answer = api.get(f"people/?cursor={cursor}")
    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")


@pytest.mark.parametrize(("query", "field"), [("color=red", "color"), ("username=%00", "username")])
def test_an_unknown_or_unsound_filter_is_400(api, query, field):
    answer = api.get(f"people/?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_filter_filters(api):
    made = people(3)
    assert names(api.get(f"people/?username={made[1]}").json()["results"]) == [made[1]]


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK + 1])
def test_a_bare_list_is_whole(api, count):
    made = people(count)
    answer = api.get("bare/")
    assert answer["Content-Type"] == "application/json"
    assert names(json.loads(answer.getvalue())) == made
    assert answer.streaming is (count > CHUNK)


def test_a_bare_list_is_paged_when_asked(api):
    made = people(3)
    answer = api.get("bare/?limit=2")
    assert names(answer.json()) == made[:2]
    address = re.fullmatch(r'<(.+)>; rel="next"', answer["Link"])[1]
    rest = api.client.get(address, headers={"authorization": f"Bearer {api.secret}"})
    assert names(rest.json()) == made[2:]
    assert "Link" not in rest
