"""HR-19: numbers are told to private addresses, and to whoever has the token."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

PRIVATE = ["127.0.0.1", "10.1.2.3", "172.20.0.7", "192.168.1.5", "::1", "fd00::7", "::ffff:10.0.0.1"]
PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "172.32.0.1", "", "unix", "10.0.0.1:80"]


def status(address: str, **headers: str) -> int:
    return Client().get("/metrics", REMOTE_ADDR=address, headers=headers).status_code


@pytest.mark.django_db
@pytest.mark.parametrize("address", PRIVATE)
def test_hr_19_a_private_address_reads_the_numbers(address: str) -> None:
    assert status(address) == 200


@pytest.mark.parametrize("address", PUBLIC)
def test_hr_19_a_public_one_is_asked_for_a_token(address: str) -> None:
    answer = Client().get("/metrics/", REMOTE_ADDR=address)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()) >= {"code", "field", "detail", "status"}
    assert b"angarium_http_requests" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [("10.0.0.1", 200), ("93.184.216.34", 401), ("10.0.0.1, 93.184.216.34", 401), ("93.184.216.34, 10.0.0.1", 401)],
)
def test_hr_19_a_proxy_nearby_does_not_make_those_behind_it_private(forwarded: str, expected: int) -> None:
    assert status("127.0.0.1", **{"X-Forwarded-For": forwarded}) == expected


@pytest.mark.django_db
def test_hr_19_the_token_opens_from_everywhere_and_no_other_does(settings: Any) -> None:
    assert status(PUBLIC[0], Authorization="Bearer ") == 401  # none is set, and none is not a token
    settings.METRICS_TOKEN = "s3cret-ж"
    assert status(PUBLIC[0], Authorization="Bearer s3cret") == 401
    assert status(PUBLIC[0], Authorization="Basic s3cret-ж") == 401
    assert Client().get("/metrics", REMOTE_ADDR=PUBLIC[0], HTTP_AUTHORIZATION="Bearer s3cret-ж").status_code == 200
    assert status("10.0.0.1") == 200
