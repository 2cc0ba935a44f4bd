"""Who may send a request, and what for."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from angarium.engine.api.permissions import scope_of
from angarium.engine.api.public import View
from angarium.engine.identity.models import Token
from angarium.engine.identity.public import revoke_token
from angarium.engine.identity.testing import client_signed_in, make_person, make_token

from .conftest import Api
from .example import Narrow

pytestmark = [pytest.mark.django_db, pytest.mark.urls("angarium.engine.api.tests.example")]
PEOPLE, CARD = "/api/example/people/", "/api/example/card/"


def asked(path=CARD, client=None, method="GET", **headers):
    client = client or Client(raise_request_exception=False)
    return client.generic(method, path, b"{}", content_type="application/json", headers=headers)


def test_nobody_is_asked_for_a_token():
    answer = asked()
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="angarium"'


@pytest.mark.parametrize("given", ["Bearer", "Bearer x", "Bearer ang_x", "Basic dXNlcjpwYXNz", "ang_x", "Bearer \x00"])
def test_a_bad_token_is_401_also_in_a_signed_in_browser(given):
    for client in (Client(), client_signed_in()):
        answer = asked(client=client, authorization=given)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_a_good_token_is_let_in_until_it_is_revoked():
    secret = make_token(name="curl")
    assert asked(authorization=f"bearer {secret}").status_code == 200
    assert Token.objects.get().last_used_at is not None
    revoke_token("curl")
    assert asked(authorization=f"Bearer {secret}").status_code == 401


@pytest.mark.parametrize(
    ("scope", "path", "method", "status"),
    [
        ("*", CARD, "GET", 200),
        ("api:read", CARD, "GET", 200),
        ("api:*", CARD, "GET", 200),
        ("api:write", CARD, "GET", 403),
        ("api:read", CARD, "POST", 403),
        ("lessons:*", CARD, "GET", 403),
        ("operations:report", "/api/example/narrow/", "GET", 200),
        ("operations:read", "/api/example/narrow/", "GET", 403),
    ],
)
def test_a_token_is_held_to_its_scopes(scope, path, method, status, monkeypatch):
    monkeypatch.setattr("angarium.engine.api.permissions._module_of", lambda view: "api")
    answer = asked(path, method=method, authorization=f"Bearer {make_token(scope)}")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "scope_missing"


def test_the_scope_is_the_module_s_name_unless_the_view_says_otherwise():
    class Lessons(View):
        __module__ = "angarium.modules.lessons.api.views"

    assert scope_of(Lessons(), "GET") == "lessons:read"
    assert scope_of(Lessons(), "DELETE") == "lessons:write"
    assert scope_of(Narrow(), "GET") == "operations:report"


def test_a_session_reads_and_writes_only_with_its_csrf_token():
    client = client_signed_in(enforce_csrf_checks=True)
    assert asked(client=client).status_code == 200
    answer = asked(PEOPLE, client, "POST")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_a_token_needs_no_csrf_token():
    client = Client(enforce_csrf_checks=True)
    answer = asked(PEOPLE, client, "POST", authorization=f"Bearer {make_token()}")
    assert answer.status_code == 400  # the body has no username: it was let in


@pytest.fixture
def open_form():
    make_person(username="user")
    with override_settings(ANGARIUM_OPEN=True):
        yield


@pytest.mark.usefixtures("open_form")
def test_the_open_form_lets_nobody_use_literal_routes_only():
    assert asked(PEOPLE).status_code == 200
    assert asked(CARD).status_code == 401


@pytest.mark.usefixtures("open_form")
def test_the_open_form_is_not_open_to_other_sites_nor_to_bad_tokens():
    assert asked(PEOPLE, **{"sec-fetch-site": "cross-site"}).status_code == 401
    assert asked(PEOPLE, authorization="Bearer x").status_code == 401


def test_the_closed_form_is_closed():
    make_person(username="user")
    with override_settings(ANGARIUM_OPEN=False):
        assert asked(PEOPLE).status_code == 401


def test_the_open_form_without_its_account_is_closed():
    with override_settings(ANGARIUM_OPEN=True):
        assert asked(PEOPLE).status_code == 401


def test_too_many_requests_are_429_for_their_sender_alone(monkeypatch):
    cache.clear()
    monkeypatch.setattr("angarium.engine.api.throttles.time", lambda: 1_000_000.0)
    monkeypatch.setattr("rest_framework.settings.api_settings.DEFAULT_THROTTLE_RATES", {"principal": "3/min"})
    api, other = Api(), Api()
    assert [api.get("card/").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = api.get("card/")
    assert answer.json()["code"] == "throttled"
    assert answer["Retry-After"] == "20"
    assert other.get("card/").status_code == 200
    monkeypatch.setattr("angarium.engine.api.throttles.time", lambda: 1_000_020.0)
    assert api.get("card/").status_code == 200


def test_no_rate_means_no_limit(monkeypatch):
    monkeypatch.setattr("rest_framework.settings.api_settings.DEFAULT_THROTTLE_RATES", {"principal": ""})
    api = Api()
    assert {api.get("card/").status_code for _ in range(5)} == {200}


def test_a_path_parameter_with_control_characters_is_400():
    answer = asked("/api/example/refusals/a%00b/", authorization=f"Bearer {make_token()}")
    assert (answer.status_code, answer.json()["field"]) == (400, "name")
