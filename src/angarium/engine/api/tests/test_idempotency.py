"""A request that is sent again has one effect and gets one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from angarium.engine.api.models import IdempotencyKey
from angarium.engine.api.public import prune_idempotency_keys
from angarium.engine.identity.public import Person
from angarium.kernel.clock import now

from .conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("angarium.engine.api.tests.example")]
ANNA = {"username": "anna", "full_name": "Анна"}


def test_a_repeat_gets_the_first_answer_and_makes_nothing(api):
    first = api.post("people/", ANNA, idempotency_key="k1")
    again = api.post("people/", ANNA, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Person.objects.count() == 1


def test_the_order_of_names_and_blanks_do_not_make_another_request(api):
    first = api.post("people/", raw=b'{"username": "anna", "full_name": "x"}', idempotency_key="k1")
    again = api.post("people/", raw=b'{"full_name":"x","username":"anna"}', idempotency_key="k1")
    assert again.content == first.content


@pytest.mark.parametrize(("path", "body"), [("people/", {"username": "olga"}), ("bare/", ANNA), ("people/?a=b", ANNA)])
def test_another_request_under_the_key_is_422(api, path, body):
    api.post("people/", ANNA, idempotency_key="k1")
    answer = api.post(path, body, idempotency_key="k1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Person.objects.count() == 1


def test_somebody_else_s_key_is_another_key(api):
    api.post("people/", ANNA, idempotency_key="k1")
    answer = Api().post("people/", {"username": "olga"}, idempotency_key="k1")
    assert answer.status_code == 201


@pytest.mark.parametrize("name", ["conflict", "fault", "away"])
def test_a_refusal_is_not_kept_and_leaves_nothing(api, name):
    assert api.post(f"effects/{name}/", idempotency_key="k1").status_code >= 400
    assert Person.objects.count() == 0
    assert IdempotencyKey.objects.count() == 0
    assert api.post("people/", ANNA, idempotency_key="k1").status_code == 201


def test_a_bad_body_is_not_kept(api):
    assert api.post("people/", {"username": 5}, idempotency_key="k1").status_code == 400
    assert api.post("people/", ANNA, idempotency_key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "é", "a\tb"])
def test_a_bad_key_is_400(api, key):
    answer = api.post("people/", ANNA, idempotency_key=key)
    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")
    assert Person.objects.count() == 0


def test_keys_are_kept_for_a_day(api):
    for number in range(3):
        api.post("people/", {"username": f"p{number}"}, idempotency_key=f"k{number}")
    IdempotencyKey.objects.filter(key="k0").update(created_at=now() - timedelta(hours=25))
    IdempotencyKey.objects.filter(key="k1").update(created_at=now() - timedelta(hours=23))
    assert prune_idempotency_keys(batch=1) == 1
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"k1", "k2"}


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_have_one_effect_and_equal_answers():
    api = Api()

    def send(_number: int) -> tuple[int, bytes]:
        try:
            answer = api.post("people/", ANNA, idempotency_key="k1")
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(send, range(100)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert Person.objects.count() == 1
