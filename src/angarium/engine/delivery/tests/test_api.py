"""Deliveries over HTTP: who sees which, why one did not arrive, calling back, whom not to write to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from angarium.engine.delivery.public import Delivery, Recipient, deliveries_of, send, suppress, suppressions
from angarium.engine.delivery.suppression import suppression_of
from angarium.engine.identity.public import Person, create_token
from angarium.engine.identity.testing import make_person
from angarium.engine.ledger.public import Operation

pytestmark = pytest.mark.django_db
LIST = "/api/deliveries/"


def tell(key: str = "one", subject: str = "tests.thing:1", **to: Any) -> Delivery:
    recipient = Recipient(**{"kind": "student", "id": "7", "address": "anna@example.org", **to})
    return send(to=recipient, template="tests/told", channel="email", key=key, subject=subject, context={"link": "s3"})


def as_bearer(*scopes: str, person: Person | None = None) -> Client:
    _token, secret = create_token(f"t{uuid4()}", list(scopes), person=person)
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def staff() -> Client:
    return as_bearer("deliveries:*")


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["results"]]


def test_what_was_sent_about_a_subject_is_listed_newest_first(staff: Client) -> None:
    first, second, _other = tell("1"), tell("2"), tell("3", subject="tests.thing:2")
    assert ids(staff.get(LIST, {"subject": "tests.thing:1"})) == [str(second.id), str(first.id)]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({"state": "queued"}, 2),
        ({"state": "sent"}, 0),
        ({"channel": "email"}, 2),
        ({"channel": "log"}, 0),
        ({"recipient": "student:7"}, 1),
        ({"recipient": "teacher:7"}, 1),
        ({"recipient": "teacher:8"}, 0),
    ],
)
def test_a_list_is_narrowed(staff: Client, wanted: dict[str, str], number: int) -> None:
    tell("1")
    tell("2", kind="teacher")
    assert len(ids(staff.get(LIST, wanted))) == number


@pytest.mark.parametrize(
    ("wanted", "field"), [({"state": "gone"}, "state"), ({"channel": "pigeon"}, "channel"), ({"who": "7"}, "who")]
)
def test_a_wrong_filter_is_refused_by_name(staff: Client, wanted: dict[str, str], field: str) -> None:
    answer = staff.get(LIST, wanted)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_lists_are_always_paged(staff: Client) -> None:
    rows = [tell(str(n)) for n in range(3)]
    page = staff.get(LIST, {"limit": 2}).json()
    assert [row["id"] for row in page["results"]] == [str(rows[2].id), str(rows[1].id)]
    assert ids(staff.get(page["next"])) == [str(rows[0].id)]


def test_a_member_sees_what_was_addressed_to_them(staff: Client) -> None:
    anna = make_person()
    mine, theirs = tell("1", person=anna.id), tell("2")
    client = as_bearer("deliveries:read", person=anna)
    assert ids(client.get(LIST)) == [str(mine.id)]
    assert client.get(f"{LIST}{theirs.id}/").status_code == 404
    assert len(ids(staff.get(LIST))) == 2


def test_the_scope_is_needed() -> None:
    assert as_bearer("lessons:*").get(LIST).status_code == 403
    assert Client().get(LIST).status_code == 401


def test_one_delivery_tells_its_timeline_and_no_secret(staff: Client) -> None:
    shown = staff.get(f"{LIST}{tell().id}/")
    body = shown.json()
    assert [(step["state"], step["attempt"]) for step in body["timeline"]] == [("queued", 0)]
    assert body["recipient"] == "student:7"
    assert "s3" not in shown.content.decode()


def test_a_waiting_message_is_called_back_once(staff: Client) -> None:
    delivery = tell()
    answer = staff.post(f"{LIST}{delivery.id}/cancellation/")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert "Called back by" in answer.json()["because"]
    assert Operation.objects.get(id=delivery.operation).state == "cancelled"
    again = staff.post(f"{LIST}{delivery.id}/cancellation/")
    assert (again.status_code, again.json()["code"]) == (409, "too_late")


def test_calling_back_is_for_staff() -> None:
    anna = make_person()
    delivery = tell(person=anna.id)
    answer = as_bearer("deliveries:*", person=anna).post(f"{LIST}{delivery.id}/cancellation/")
    assert answer.status_code == 403
    assert deliveries_of("tests.thing:1")[0].state == "queued"


def test_whom_not_to_write_to_is_written_down_and_taken_back(staff: Client) -> None:
    told = {"channel": "email", "address": "Anna@Example.org", "because": "She asked by telephone."}
    made = staff.post("/api/suppressions/", told, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["address"] == "anna@example.org"
    assert suppression_of(tell()) is not None
    assert staff.get(made["Location"]).json() == made.json()
    assert ids(staff.get("/api/suppressions/", {"address": "ANNA@example.org"})) == [made.json()["id"]]
    assert staff.delete(made["Location"]).status_code == 204
    assert staff.delete(made["Location"]).status_code == 404
    assert not suppressions().exists()


def test_whom_not_to_write_to_is_for_staff() -> None:
    suppress("email", "anna@example.org", "bounced", by="delivery")
    assert as_bearer("deliveries:*", person=make_person()).get("/api/suppressions/").status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "email", "address": "a\nb@c", "because": "x"}, "address"),
        ({"channel": "pigeon", "address": "a@b", "because": "x"}, "channel"),
        ({"channel": "email", "address": "a@b"}, "because"),
    ],
)
def test_a_wrong_suppression_is_refused_by_name(staff: Client, body: dict[str, str], field: str) -> None:
    answer = staff.post("/api/suppressions/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
