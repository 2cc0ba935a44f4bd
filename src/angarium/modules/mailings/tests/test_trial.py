"""Before a mailing starts: what one client would read, what is missing in it, and a test to one's own number."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from angarium.engine.delivery.public import Delivery, message_of
from angarium.engine.identity.testing import client_with_token
from angarium.engine.tasks.testing import until, working
from angarium.kernel.clock import now
from angarium.modules.mailings.actions import edit_mailer, send_test
from angarium.modules.mailings.models import Client, Mailer, Message
from angarium.modules.mailings.preview import preview
from angarium.modules.mailings.rendering import names_in, render, unknown_in

from .deeds import STAFF
from .post import Post

API = "/api/mailings/mailer/"


@given(st.text().filter(lambda text: not names_in(text)))
def test_mail_b12_preview_a_text_without_variables_goes_out_as_it_was_written(text: str) -> None:
    assert render(text, phone="79001234567", tag="vip") == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{tag}, вам скидка", "vip, вам скидка"),
        ("{phone}/{operator_code}/{phone}", "79001234567/900/79001234567"),
        ("{ tag } {{tag}} {name} {0} {} {tag", "{ tag } {vip} {name} {0} {} {tag"),
        ("%s {tag.__class__} %(tag)s $tag", "%s {tag.__class__} %(tag)s $tag"),
    ],
)
def test_mail_b12_preview_fills_in_the_names_that_it_knows_and_no_others(content: str, text: str) -> None:
    assert render(content, phone="79001234567", tag="vip") == text


def test_mail_b12_preview_what_is_filled_in_is_not_read_again() -> None:
    assert render("{tag}", phone="79001234567", tag="{phone}") == "{phone}"


def test_mail_b12_preview_names_what_looks_like_a_variable_and_is_none() -> None:
    assert unknown_in("{tag} {name} {Name} {name} { phone } {0} {} {{tag}}") == ["{name}", "{Name}", "{ phone }"]


@pytest.fixture
def mailer(db: None) -> Mailer:
    moment = now()
    span = {"start": moment, "finish": moment + timedelta(hours=1)}
    return Mailer.objects.create(content="{tag} {name}: {phone}", operator_code="900", **span)


@pytest.fixture
def api(db: None) -> Browser:
    return client_with_token("*")


def person(number: int, tag: str = "", **columns: Any) -> Client:
    return Client.objects.create(phone=f"7900{number:07}", operator_code="900", tag=tag, **columns)


def test_mail_b12_preview_as_the_first_client_who_would_get_it(mailer: Mailer, api: Browser) -> None:
    person(1, "gone", deleted_at=now())
    person(2, "out", opted_out_at=now())
    first = person(3, "vip")
    person(4)
    assert api.get(f"{API}{mailer.pk}/preview/").json() == {
        "client": first.pk,
        "phone": "7900***0003",
        "text": "vip {name}: 79000000003",
        "fits": True,
        "unknown": ["{name}"],
        "empty": [{"name": "tag", "clients": 1}],
    }


def test_mail_b12_preview_as_a_client_of_one_s_choice_says_whether_the_mailing_means_her(
    mailer: Mailer, api: Browser
) -> None:
    other = Client.objects.create(phone="79010000001", operator_code="901", tag="b")
    told = api.get(f"{API}{mailer.pk}/preview/?client={other.pk}").json()
    assert (told["text"], told["fits"], told["empty"]) == ("b {name}: 79010000001", False, [])


def test_mail_b12_preview_where_nobody_fits_is_the_text_as_it_was_written(mailer: Mailer, api: Browser) -> None:
    told = api.get(f"{API}{mailer.pk}/preview/").json()
    assert (told["client"], told["text"], told["fits"]) == (None, mailer.content, False)


@pytest.mark.parametrize(
    ("query", "status"), [("client=0", 400), ("client=x", 400), ("client=7", 404), ("other=1", 400)]
)
def test_mail_b12_preview_of_nobody_is_refused(mailer: Mailer, api: Browser, query: str, status: int) -> None:
    assert api.get(f"{API}{mailer.pk}/preview/?{query}").status_code == status


def trial(api: Browser, mailer: Mailer, body: object, **headers: str) -> Any:
    path = f"{API}{mailer.pk}/test/"
    return api.post(path, data=json.dumps(body), content_type="application/json", headers=headers)


def test_mail_b12_test_send_is_one_message_by_sms_and_none_of_the_mailing_s(mailer: Mailer, api: Browser) -> None:
    person(1, "vip")
    answer = trial(api, mailer, {"phone": "79000000001"})
    assert (answer.status_code, answer.json()["channel"], answer.json()["status"]) == (202, "sms", "queued")
    row = Delivery.objects.get(pk=answer.json()["id"])
    assert (row.address, row.urgent, row.subject) == ("79000000001", True, f"mailings.mailer:{mailer.pk}")
    assert message_of(row).body == "vip {name}: 79000000001"
    assert not Message.objects.exists()


def test_mail_b12_test_send_escapes_nothing(mailer: Mailer, api: Browser) -> None:
    mailer.content = "a < b & \"c\"\nd 'e' {% if %} {{ x }}"
    mailer.save()
    row = Delivery.objects.get(pk=trial(api, mailer, {"phone": "79000000001"}).json()["id"])
    assert message_of(row).body == mailer.content


def test_mail_b12_test_send_may_be_repeated_and_is_one_under_one_key(mailer: Mailer, api: Browser) -> None:
    for _ in range(2):
        trial(api, mailer, {"phone": "79000000001"})
        trial(api, mailer, {"phone": "79000000001"}, **{"Idempotency-Key": "once"})
    assert Delivery.objects.count() == 3


@pytest.mark.parametrize(
    "body", [{}, {"phone": "89000000001"}, {"phone": "7900000000a"}, {"phone": "79000000001", "x": 1}]
)
def test_mail_b12_test_send_to_what_is_no_number_is_refused(mailer: Mailer, api: Browser, body: dict[str, Any]) -> None:
    assert trial(api, mailer, body).status_code == 400
    assert not Delivery.objects.exists()


def test_mail_b12_test_send_is_not_for_those_who_do_not_want_it_nor_by_those_who_may_only_read(
    mailer: Mailer, api: Browser
) -> None:
    person(1, opted_out_at=now())
    answer = trial(api, mailer, {"phone": "79000000001"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "opted_out", "phone")
    assert trial(client_with_token("mailings:read"), mailer, {"phone": "79000000002"}).status_code == 403
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_mail_b12_test_send_and_preview_say_what_the_sender_then_gets(post: Post) -> None:
    client = person(1, "вип")
    mailer = Mailer.objects.create(
        content="{tag}: {phone} {name}", start=now() + timedelta(hours=1), finish=now() + timedelta(hours=2)
    )
    text = "вип: 79000000001 {name}"
    assert preview(mailer, client).text == text
    with working():
        send_test(mailer.pk, by=STAFF, phone=client.phone)
        until(lambda: len(post.asked) == 1)
        edit_mailer(mailer.pk, by=STAFF, start=now())
        until(lambda: Message.objects.filter(state="sent").count() == 1)
    assert [call.text for call in post.asked] == [text, text]
    assert Message.objects.count() == 1
