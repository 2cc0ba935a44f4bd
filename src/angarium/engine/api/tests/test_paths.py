"""One route under three addresses, with and without a slash, without redirects."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from angarium.engine.api.paths import module_of, routed


def nothing(request):
    return HttpResponse(request.path)


urlpatterns = [
    path("api/lessons/lessons/", nothing),
    path("api/lessons/lessons/<int:id>/", nothing),
    path("api/lessons/students/", nothing),
    path("api/operations/operations/", nothing),
    path("api/schema/", nothing),
    path("app/lessons/", nothing),
    path("health/live", nothing),
    path("docs/", nothing),
    path("", nothing),
]
BOTH = {"lessons": "x", "operations": "x"}
ONE = {"lessons": "x"}
LESSONS = "/api/lessons/lessons/"

pytestmark = pytest.mark.urls(__name__)


@pytest.mark.parametrize(
    ("modules", "host", "given", "meant"),
    [
        (BOTH, "localhost:8000", "/api/lessons/lessons/", LESSONS),
        (BOTH, "localhost:8000", "/api/lessons/lessons", LESSONS),
        (BOTH, "localhost:8000", "/lessons/", "/lessons/"),
        (BOTH, "lessons.localhost:8000", "/lessons/", LESSONS),
        (BOTH, "lessons.localhost:8000", "/lessons", LESSONS),
        (BOTH, "lessons.localhost:8000", "/api/lessons", LESSONS),
        (BOTH, "lessons.localhost:8000", "/api/lessons/lessons", LESSONS),
        (BOTH, "LESSONS.example.org", "/api/lessons/7", "/api/lessons/lessons/7/"),
        (BOTH, "lessons.example.org", "/students", "/api/lessons/students/"),
        (BOTH, "operations.localhost", "/operations/", "/api/operations/operations/"),
        (BOTH, "operations.localhost", "/nothing", "/api/operations/nothing/"),
        (BOTH, "lessons.localhost", "/api/operations/operations", "/api/operations/operations/"),
        (BOTH, "lessons.localhost", "/api/schema/", "/api/schema/"),
        (BOTH, "lessons.localhost", "/app/lessons/", "/app/lessons/"),
        (BOTH, "lessons.localhost", "/app/lessons", "/app/lessons"),
        (BOTH, "lessons.localhost", "/admin/x", "/admin/x"),
        (BOTH, "lessons.localhost", "/health/live", "/health/live"),
        (BOTH, "lessons.localhost", "/static/a.css", "/static/a.css"),
        (BOTH, "lessons.localhost", "/", "/"),
        (BOTH, "lessons.localhost", "/docs", "/docs/"),
        (BOTH, "lessons", "/lessons/", "/lessons/"),
        (BOTH, "", "/lessons/", "/lessons/"),
        (ONE, "localhost:8000", "/lessons", LESSONS),
        (ONE, "localhost:8000", "/api/lessons/", LESSONS),
        (ONE, "localhost:8000", "/api/lessons/lessons/", LESSONS),
        (ONE, "127.0.0.1", "/lessons/5", "/api/lessons/lessons/5/"),
        (ONE, "127.0.0.1", "/app/lessons/", "/app/lessons/"),
    ],
)
def test_what_a_path_means_on_a_host(modules, host, given, meant):
    with override_settings(ANGARIUM_MODULES=modules):
        assert routed(given, host) == meant


@pytest.mark.parametrize("host", ["lessons.localhost", "lessons.localhost:8000", "Lessons.Example.org"])
def test_a_module_s_host_is_known_by_its_first_word(host):
    with override_settings(ANGARIUM_MODULES=BOTH):
        assert module_of(host) == "lessons"


def test_no_redirect_and_the_path_stays_as_the_client_wrote_it(client):
    with override_settings(ANGARIUM_MODULES=BOTH):
        answer = client.get("/lessons", headers={"host": "lessons.localhost"})
        assert (answer.status_code, answer.content) == (200, b"/lessons")
