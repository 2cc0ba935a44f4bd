"""The OpenAPI document says of mailings what they do, and its pages are there without another machine."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    answer = Client().get("/api/schema/?format=json")
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_mail_26_the_document_is_valid(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    numbers = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("client/", {"get", "post"}),
        ("client/{id}/", {"get", "put", "patch", "delete"}),
        ("client/{id}/opt-out/", {"put", "delete"}),
        ("mailer/", {"get", "post"}),
        ("mailer/{id}/", {"get", "put", "patch", "delete"}),
        ("mailer/{id}/stat/", {"get"}),
        ("mailer/{id}/pause/", {"post"}),
        ("mailer/{id}/resumption/", {"post"}),
        ("mailer/{id}/cancellation/", {"post"}),
        ("mailer/{id}/retry/", {"post"}),
        ("message/", {"get"}),
        ("message/{id}/", {"get"}),
        ("message/stat/", {"get"}),
    ],
)
def test_mail_26_every_route_is_documented(schema: dict[str, Any], path: str, methods: set[str]) -> None:
    operations = schema["paths"][f"/api/mailings/{path}"]
    assert set(operations) == methods
    for method, operation in operations.items():
        answers = operation["responses"]
        assert {"401", "403"} <= set(answers)
        assert set(answers) & {"200", "201", "204"}
        assert ("requestBody" in operation) == (method in {"put", "patch", "post"} and path in BODIES)


BODIES = {"client/", "client/{id}/", "mailer/", "mailer/{id}/"}


def test_mail_26_what_a_mailing_is_made_of_is_documented(schema: dict[str, Any]) -> None:
    shapes = schema["components"]["schemas"]
    asked, shown = shapes["MailerShapeRequest"], shapes["MailerShape"]
    assert set(asked["required"]) == {"start", "finish", "content"}
    assert asked["additionalProperties"] is False
    assert set(asked["properties"]) == {
        *("start", "finish", "content", "tag", "operator_code", "window_start", "window_end", "weekdays"),
    }
    assert set(shown["properties"]) - set(asked["properties"]) == {"id", "state", "version", "created_at", "updated_at"}
    assert asked["properties"]["operator_code"]["pattern"] == "^([0-9]{3})?$"
    assert shapes["ClientShapeRequest"]["properties"]["phone"]["pattern"] == "^7[0-9]{10}$"
    assert set(shapes["MailerStateEnum"]["enum"]) == {
        *("planned", "sending", "paused", "finished", "cancelled", "deleted"),
    }


def test_mail_21_22_the_statistics_are_documented_as_they_are(schema: dict[str, Any]) -> None:
    overall, detail = (
        schema["paths"][f"/api/mailings/{path}"]["get"] for path in ("message/stat/", "mailer/{id}/stat/")
    )
    assert overall["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array"
    assert {one["name"] for one in overall["parameters"]} == {"deleted"}
    assert {one["name"] for one in detail["parameters"]} == {"id", "status", "limit", "cursor"}


def test_mail_18_if_match_is_documented_where_it_is_honoured(schema: dict[str, Any]) -> None:
    for path in ("mailer/{id}/", "mailer/{id}/pause/", "mailer/{id}/retry/"):
        for method, operation in schema["paths"][f"/api/mailings/{path}"].items():
            headers = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}
            assert ("If-Match" in headers) == (method != "get")


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/", "/docs/", "/api/docs/"])
@pytest.mark.parametrize("host", ["localhost", "mailings.localhost"])
def test_mail_26_the_pages_are_there_and_load_nothing_from_elsewhere(path: str, host: str) -> None:
    page = Client().get(path, headers={"host": host})
    assert page.status_code == 200
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page.content.decode()) == []
