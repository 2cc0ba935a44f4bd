"""The OpenAPI document says what the views do, and its pages need no other machine."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import get_resolver
from rest_framework.serializers import Serializer

pytestmark = [pytest.mark.django_db, pytest.mark.urls("angarium.engine.api.tests.example")]


@pytest.fixture
def schema():
    answer = Client().get("/api/schema/?format=json")
    assert answer["Content-Type"].startswith("application/vnd.oai.openapi+json")
    return json.loads(answer.content)


def named(operation, where):
    return {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == where}


def test_refusals_are_documented_as_problems(schema):
    answers = schema["paths"]["/api/example/people/"]["post"]["responses"]
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"} <= set(answers)
    assert set(answers["400"]["content"]) == {"application/problem+json"}
    assert set(answers["201"]["content"]) == {"application/json"}


def test_the_headers_that_a_view_honours_are_documented(schema):
    assert named(schema["paths"]["/api/example/people/"]["post"], "header") == {"Idempotency-Key"}
    assert named(schema["paths"]["/api/example/card/"]["put"], "header") == {"If-Match"}
    assert "412" in schema["paths"]["/api/example/card/"]["put"]["responses"]
    assert named(schema["paths"]["/api/example/card/"]["get"], "header") == set()


def test_lists_are_documented_with_paging_and_filters(schema):
    paged, bare = (schema["paths"][f"/api/example/{name}/"]["get"] for name in ("people", "bare"))
    assert named(paged, "query") == {"limit", "cursor", "username"}
    kind = schema["components"]["schemas"]["PagedPersonShape"]["properties"]
    assert set(kind) == {"results", "next"}
    assert bare["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array"
    assert paged["operationId"] != bare["operationId"]


def test_a_post_without_a_body_has_none(schema):
    assert "requestBody" not in schema["paths"]["/api/example/effects/{name}/"]["post"]


def test_bodies_are_documented_as_closed_and_answers_as_open(schema):
    shapes = schema["components"]["schemas"]
    assert shapes["PersonShapeRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in shapes["PersonShape"]


def test_tokens_are_documented(schema):
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {"token": []} in schema["paths"]["/api/example/card/"]["get"]["security"]


@pytest.mark.parametrize("path", ["/docs/", "/api/docs/", "/swagger/", "/redoc/"])
def test_the_pages_load_nothing_from_elsewhere(path):
    page = Client().get(path)
    assert page.status_code == 200
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page.content.decode()) == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_docs_speak_the_reader_s_language(language):
    page = Client().get("/docs/", headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}">' in page


def test_no_two_shapes_have_one_name() -> None:
    """Two of one name are one component of the document, and one of them is described wrongly."""

    def below(shape: type[Serializer]) -> Iterator[type[Serializer]]:
        for one in shape.__subclasses__():
            yield one
            yield from below(one)

    assert get_resolver("angarium.config.urls").url_patterns
    ours = {
        one for one in below(Serializer) if one.__module__.startswith("angarium.") and ".tests." not in one.__module__
    }
    places = Counter(one.__name__ for one in ours)
    assert [name for name, number in places.items() if number > 1] == []
