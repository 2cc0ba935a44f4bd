"""Clients over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from angarium.engine.events.testing import together
from angarium.engine.identity.testing import client_with_token, make_token
from angarium.modules.mailings.models import Client, Mailer, Message
from angarium.modules.mailings.planning import plan

from .asking import CLIENTS, MESSAGES, STAT, Api, Body, refused
from .conftest import people, values

pytestmark = pytest.mark.django_db
BODY = {"phone": "79001234567", "operator_code": "900", "tag": "VIP", "timezone": "Europe/Moscow"}


@pytest.fixture
def api(db: None) -> Api:
    return Api(client_with_token("*"))


def test_mail_01_a_client_is_entered(api: Api) -> None:
    answer = api("POST", CLIENTS, BODY)
    assert answer.status_code == 201, answer.json()
    client = Client.objects.get()
    shown = answer.json()
    times = {name: shown[name] for name in ("created_at", "updated_at")}
    assert shown == {**BODY, "id": client.pk, "opted_out_at": None, **times}
    assert answer["Location"] == f"{CLIENTS}{client.pk}/"
    assert api("GET", answer["Location"]).json() == shown
    assert api("GET", CLIENTS).json() == [shown]


def test_mail_01_02_03_what_is_left_out_follows_from_the_phone_or_is_utc(api: Api) -> None:
    shown = api("POST", CLIENTS, {"phone": 79161234567, "operator_code": ""}).json()
    assert [shown[name] for name in ("phone", "operator_code", "tag", "timezone")] == ["79161234567", "916", "", "UTC"]
    assert api("POST", CLIENTS, {"phone": "79171234567", "operator_code": 917}).json()["operator_code"] == "917"


BAD: list[tuple[str, Any]] = [
    *[
        ("phone", value)
        for value in (
            *("89001234567", "+79001234567", "7900123456", "790012345678", "7900123456a", "", " 79001234567", None),
            *(
                "79001234567\n",
                "7٩٠٠1234567",
                "７9001234567",
                "79001234567\x00",
                True,
                7.9e10,
                7900123456,
                -79001234567,
            ),
            *(["79001234567"], {}, "7 900 123 45 67", "7-900-123-45-67", 10**30),
        )
    ],
    *[("operator_code", value) for value in ("901", "9", "9000", "abc", "9٠0", 901, None, [], 1.5)],
    *[
        ("timezone", value)
        for value in (
            *("wrong_timezone", "Asia/Unknown", "UTC+3", "", "europe/moscow", "../../etc/passwd", "a\x00b", 3, None),
            *("Factory", "localtime", ["UTC"]),
        )
    ],
    *[("tag", value) for value in ("x" * 101, "a\nb", 5, None, ["a"])],
    ("colour", "red"),
]


@pytest.mark.parametrize(("field", "value"), BAD, ids=repr)
def test_mail_01_02_03_what_does_not_fit_is_400_by_its_field(api: Api, field: str, value: Any) -> None:
    refused(api("POST", CLIENTS, BODY | {field: value}), 400, field=field)
    assert not Client.objects.exists()
    kept = Client.objects.create(phone="79007654321", operator_code="900")
    for method, sent in (("PATCH", {field: value}), ("PUT", BODY | {field: value})):
        refused(api(method, f"{CLIENTS}{kept.pk}/", sent), 400, field=field)
    assert Client.objects.values_list("phone", "operator_code", "tag", "timezone").get() == (
        *("79007654321", "900", "", "UTC"),
    )


def test_mail_03_a_zone_is_one_of_the_iana_list(api: Api) -> None:
    for zone in ("wrong_timezone", "Asia/Unknown", "UTC+3", ""):
        refused(api("POST", CLIENTS, BODY | {"timezone": zone}), 400, field="timezone")
    assert api("POST", CLIENTS, BODY | {"timezone": "Asia/Kamchatka"}).json()["timezone"] == "Asia/Kamchatka"


def test_mail_01_a_phone_is_one_client_s(api: Api) -> None:
    assert api("POST", CLIENTS, BODY).status_code == 201
    refused(api("POST", CLIENTS, {"phone": BODY["phone"]}), 400, "phone_taken", "phone")
    other = api("POST", CLIENTS, {"phone": "79007654321"})
    refused(api("PATCH", other["Location"], {"phone": BODY["phone"]}), 400, "phone_taken", "phone")
    assert Client.objects.count() == 2


def test_mail_01_a_repeated_key_makes_one_client(api: Api) -> None:
    first, again = (api("POST", CLIENTS, BODY, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    refused(api("POST", CLIENTS, BODY, Idempotency_Key="k2"), 400, "phone_taken")
    assert Client.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [False, True])
def test_mail_01_of_equal_posts_at_once_one_is_201_and_the_others_400(key: bool) -> None:
    secret = make_token("*")

    def post(number: int) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": f"k{number}"} if key else {})
        answer = Api(client()).client.post(CLIENTS, json.dumps(BODY), content_type="application/json", headers=headers)
        return answer.status_code, answer.json().get("code", "")

    answers = together(*[lambda number=number: post(number) for number in range(4)])
    assert sorted(answers) == [(201, ""), *[(400, "phone_taken")] * 3]
    assert Client.objects.count() == 1


def client() -> Any:
    from django.test import Client as Browser

    return Browser(raise_request_exception=False)


def test_mail_02_another_phone_brings_its_code_along(api: Api) -> None:
    path = api("POST", CLIENTS, BODY)["Location"]
    assert api("PATCH", path, {"phone": "79161234567"}).json()["operator_code"] == "916"
    sent = BODY | {"phone": "79171234567"}
    refused(api("PUT", path, sent), 400, field="operator_code")
    del sent["operator_code"]
    assert api("PUT", path, sent).json()["operator_code"] == "917"


def test_mail_04_a_client_is_changed_and_deleted(api: Api) -> None:
    path = api("POST", CLIENTS, BODY)["Location"]
    assert api("PATCH", path, {"tag": " Новая ", "timezone": "Asia/Tokyo"}).json()["tag"] == "Новая"
    shown = api("PUT", path, BODY).json()
    assert {name: shown[name] for name in BODY} == BODY
    assert api("DELETE", path).status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        refused(api(method, path, {} if method == "PATCH" else BODY), 404, "no_client")
    assert api("GET", CLIENTS).json() == []
    assert api("POST", CLIENTS, BODY).status_code == 201


def test_mail_04_a_deleted_client_is_not_written_to_and_stays_in_the_statistics(api: Api) -> None:
    [one] = people(("A", "900"))
    mailer = Mailer.objects.create(**values())
    plan(mailer)
    assert api("DELETE", f"{CLIENTS}{one.pk}/").status_code == 204
    assert Message.objects.values_list("state", "reason", "due_at").get() == ("cancelled", "client_deleted", None)
    [found] = api("GET", STAT).json()
    assert (found["cancelled"], found["total"]) == (1, 1)
    [message] = api("GET", f"{MESSAGES}?mailer={mailer.pk}").json()
    assert (message["client"], message["status"], message["reason"]) == (one.pk, "cancelled", "client_deleted")


def test_mail_b14_a_client_is_not_to_be_written_to_and_again_is(api: Api) -> None:
    [one] = people(("A", "900"))
    mailer = Mailer.objects.create(**values())
    plan(mailer)
    path = f"{CLIENTS}{one.pk}/opt-out/"
    first = api("PUT", path)
    assert first.status_code == 200
    assert first.json()["opted_out_at"] is not None
    assert api("PUT", path.rstrip("/"), {}).json() == first.json()
    [message] = api("GET", f"{MESSAGES}?mailer={mailer.pk}").json()
    assert (message["status"], message["reason"]) == ("suppressed", "opted_out")
    assert api("DELETE", path).status_code == 204
    assert api("DELETE", path).status_code == 204
    assert api("GET", f"{CLIENTS}{one.pk}/").json()["opted_out_at"] is None
    refused(api("GET", path), 405)
    refused(api("PUT", f"{CLIENTS}{one.pk}/", BODY | {"opted_out_at": 5, "deleted": True}), 400, field="deleted")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2]),
        ("?tag=A", [0, 1]),
        ("?operator_code=900", [0, 2]),
        ("?operator_code=&tag=&phone=&timezone=", [0, 1, 2]),
        ("?tag=A&operator_code=901", [1]),
        ("?timezone=UTC", [0, 1, 2]),
        ("?timezone=Asia/Tokyo", []),
        ("?phone=79000000000", [0]),
        ("?limit=2", [0, 1]),
    ],
)
def test_the_list_is_a_bare_array_that_can_be_narrowed(api: Api, query: str, found: list[int]) -> None:
    clients = people(("A", "900"), ("A", "901"), ("B", "900"))
    assert [row["id"] for row in api("GET", CLIENTS + query).json()] == [clients[number].pk for number in found]


def test_the_list_is_paged_without_gaps(api: Api) -> None:
    made = [one.pk for one in people(*[("A", "900")] * 5)]
    seen: list[int] = []
    path = f"{CLIENTS}?limit=2"
    while path:
        answer = api("GET", path)
        seen += [row["id"] for row in answer.json()]
        path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == made


def test_a_body_may_be_a_client_as_it_was_shown(api: Api) -> None:
    answer = api("POST", CLIENTS, BODY)
    shown: Body = answer.json()
    assert api("PUT", answer["Location"], shown).json() == shown
