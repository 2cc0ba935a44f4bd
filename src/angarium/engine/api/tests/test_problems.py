"""Every refusal and every fault is problem+json with the right status, and tells no secret."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

pytestmark = [pytest.mark.django_db, pytest.mark.urls("angarium.engine.api.tests.example")]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("invalid", 400, "invalid"),
        ("missing", 404, "not_found"),
        ("forbidden", 403, "forbidden"),
        ("conflict", 409, "conflict"),
        ("move", 409, "illegal_move"),
        ("unprocessable", 422, "unprocessable"),
        ("unavailable", 503, "unavailable"),
        ("http404", 404, "not_found"),
        ("no_row", 404, "not_found"),
        ("model", 400, "invalid"),
        ("throttled", 429, "throttled"),
        ("integrity", 409, "conflict"),
        ("data", 400, "invalid"),
        ("away", 503, "unavailable"),
        ("fault", 500, "fault"),
    ],
)
def test_each_refusal_has_its_status_and_code(api, name, status, code):
    answer = api.get(f"refusals/{name}/", **{"X-Request-Id": "r-1"})
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["detail"].endswith((".", "seconds."))
    assert body["request_id"] == "r-1"
    assert b"secret" not in answer.content


def test_a_field_is_named(api):
    body = api.get("refusals/invalid/").json()
    assert (body["field"], body["detail"]) == ("title", "The title is empty.")


def test_an_illegal_move_tells_what_is_allowed(api):
    body = api.get("refusals/move/").json()
    assert (body["current"], body["requested"], body["allowed"]) == ("done", "planned", [])


@pytest.mark.parametrize("name", ["unavailable", "away", "throttled"])
def test_what_passes_says_when_to_come_again(api, name):
    assert int(api.get(f"refusals/{name}/")["Retry-After"]) >= 1


def test_several_fields_are_all_told(api):
    body = api.post("echo/", {"whole": "5", "zone": "Mars", "inner": [{"username": "a"}, {}]}).json()
    assert {(error["field"], error["code"]) for error in body["errors"]} == {
        ("whole", "not_integer"),
        ("zone", "timezone"),
        ("inner.1.username", "required"),
    }
    assert body["field"] == body["errors"][0]["field"]


def test_a_model_s_own_refusals_are_told(api):
    body = api.get("refusals/model/").json()
    assert [(error["field"], error["detail"]) for error in body["errors"]] == [
        ("title", "Too long."),
        ("title", "Too dull."),
    ]


def test_a_method_that_is_not_there_names_the_others(api):
    answer = api.send("DELETE", "echo/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_path_is_a_problem_below_api_and_a_page_elsewhere(debug):
    with override_settings(DEBUG=debug):
        answer = Client().get("/api/example/nothing/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert Client().get("/nothing/")["Content-Type"].startswith("text/html")


def test_an_unknown_host_is_a_problem(api):
    answer = api.get("card/", Host="evil.example")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("debug", [True, False])
def test_a_database_that_is_away_before_the_view_is_503(api, debug, monkeypatch):
    from django.db import OperationalError

    def away(*args):
        raise OperationalError("secret")

    monkeypatch.setattr("angarium.engine.identity.middleware.BoundPrincipal.__call__", away)
    with override_settings(DEBUG=debug):
        answer = Client(raise_request_exception=False).get("/api/example/card/")
    assert answer["Content-Type"] == "application/problem+json"
    assert b"secret" not in answer.content
    assert answer.status_code == (500 if debug else 503)


@override_settings(DEBUG=False)
def test_a_page_without_its_database_is_503_too(monkeypatch):
    from django.db import InterfaceError

    def away(*args):
        raise InterfaceError("secret")

    monkeypatch.setattr("angarium.engine.identity.middleware.BoundPrincipal.__call__", away)
    answer = Client(raise_request_exception=False).get("/docs/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer["Content-Type"].startswith("text/html")
    assert b"secret" not in answer.content


def test_stale_is_409_without_and_412_with_the_header_and_shows_the_head(api):
    assert api.post("card/").status_code == 409
    answer = api.send("PUT", "card/", {"number": 1}, if_match='"v2"')
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert answer.json()["head"] == {"number": 7, "version": 3}
    assert answer["ETag"] == '"v3"'


@pytest.mark.parametrize("given", ['"v3"', "*", None])
def test_a_version_that_holds_is_let_through(api, given):
    assert api.get("card/")["ETag"] == '"v3"'
    headers = {} if given is None else {"if_match": given}
    answer = api.send("PUT", "card/", {"number": 1}, **headers)
    assert (answer.status_code, answer["ETag"]) == (200, '"v4"')


@pytest.mark.parametrize("given", ["v3", "3", 'W/"v3"', '"v03"', '"v3", "v4"', '"v-1"', '"v' + "9" * 30 + '"', "x"])
def test_a_malformed_if_match_is_400(api, given):
    answer = api.send("PUT", "card/", {"number": 1}, if_match=given)
    assert (answer.status_code, answer.json()["field"]) == (400, "If-Match")
