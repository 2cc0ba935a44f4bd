"""Request ids, the numbers of requests, health."""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter
from uuid import UUID

import pytest
from django import urls
from django.db import ConnectionHandler, OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from django.test import Client, RequestFactory
from prometheus_client import REGISTRY

from angarium.engine.observability import database, readiness
from angarium.engine.observability.metrics import Reading, at_scrape, counter, histogram
from angarium.engine.observability.middleware import RequestContext
from angarium.engine.observability.public import bound

#: A PostgreSQL that nobody runs: the port of the discard service on this machine.
NOWHERE = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "angarium",
    "HOST": "127.0.0.1",
    "PORT": "9",
    "OPTIONS": {"connect_timeout": 2},
}


def answered(given: str | None = None, status: int = 200) -> tuple[HttpResponse, dict[str, object]]:
    seen: dict[str, object] = {}

    def view(request):
        seen.update(bound())
        return HttpResponse(status=status)

    headers = {} if given is None else {"X-Request-Id": given}
    return RequestContext(view)(RequestFactory().get("/", headers=headers)), seen


@pytest.mark.parametrize("given", ["abc", "0199-ABC.def:1_2", "a" * 64])
def test_a_sane_request_id_is_bound_and_sent_back(given):
    response, seen = answered(given)
    assert response["X-Request-Id"] == given
    assert seen["request_id"] == given
    assert bound() == {}


@pytest.mark.parametrize("given", [None, "", "a" * 65, "two words", "<b>", "é", "-x"])
def test_another_one_is_replaced(given):
    response, seen = answered(given)
    assert UUID(response["X-Request-Id"]).version == 7
    assert seen["request_id"] == response["X-Request-Id"]


def number(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_requests_are_counted_by_route_and_never_by_path():
    before = number("angarium_http_requests_total", method="GET", route="observability:live", status="200")
    Client().get("/health/live")
    Client().get("/health/live/")
    after = number("angarium_http_requests_total", method="GET", route="observability:live", status="200")
    assert after - before == 2
    Client().get("/some/path/nobody/has")
    assert number("angarium_http_requests_total", method="GET", route="unmatched", status="404") >= 1
    assert "nobody" not in Client().get("/metrics").content.decode()


def burn(request, item):
    """Works for a while and fails: `took` keeps for how long it did."""
    began = perf_counter()
    sum(range(200_000))
    took.append(perf_counter() - began)
    raise RuntimeError("secret")


took: list[float] = []
urlpatterns = [urls.path("burning/<int:item>/", burn, name="burning")]


@pytest.mark.urls(__name__)
def test_a_view_that_fails_is_counted_and_timed_under_its_route():
    route = {"method": "GET", "route": "burning"}
    names = ("angarium_http_requests_total", "angarium_http_errors_total")
    seconds = "angarium_http_request_seconds"
    before = [number(names[0], **route, status="500"), number(names[1], **route)]
    sum_before, count_before = number(f"{seconds}_sum", **route), number(f"{seconds}_count", **route)
    client = Client(raise_request_exception=False)
    began = perf_counter()
    answers = [client.get(f"/burning/{item}/") for item in (1, 2)]
    whole = perf_counter() - began
    assert [(answer.status_code, b"secret" in answer.content) for answer in answers] == [(500, False)] * 2
    assert [number(names[0], **route, status="500") - before[0], number(names[1], **route) - before[1]] == [2, 2]
    assert number(f"{seconds}_count", **route) - count_before == 2
    assert sum(took) <= number(f"{seconds}_sum", **route) - sum_before <= whole
    assert number(names[1], method="GET", route="burning/1/") == 0


def test_an_answer_that_is_a_fault_of_ours_is_counted_under_its_route(checks):
    checks("database", lambda: "The database does not answer.")
    ready = {"method": "GET", "route": "observability:ready"}
    before = number("angarium_http_errors_total", **ready), number("angarium_http_request_seconds_count", **ready)
    assert Client().get("/health/ready").status_code == 503
    assert Client().get("/health/live").status_code == 200
    assert number("angarium_http_errors_total", **ready) - before[0] == 1
    assert number("angarium_http_request_seconds_count", **ready) - before[1] == 1
    assert number("angarium_http_errors_total", method="GET", route="observability:live") == 0


def test_a_fault_is_counted_as_an_error():
    before = number("angarium_http_errors_total", method="GET", route="unmatched")
    answered(status=500)
    assert number("angarium_http_errors_total", method="GET", route="unmatched") - before == 1


def test_invented_methods_share_one_label():
    RequestContext(lambda request: HttpResponse())(RequestFactory().generic("BREW", "/"))
    assert number("angarium_http_requests_total", method="OTHER", route="unmatched", status="200") >= 1


def test_liveness_asks_nobody():
    """Without the mark django_db a query would be an error."""
    assert Client().get("/health/live").json() == {"status": "live"}


@pytest.mark.parametrize("path", ["/health/live", "/health/live/", "/metrics"])
def test_a_replica_is_probed_by_its_address(path):
    assert Client().get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_nothing_else_is_served_under_a_host_that_is_not_ours():
    for path in ("/", "/health/other", "/metrics/other", "/api/lessons/lessons/"):
        assert Client().get(path, headers={"host": "10.0.0.7:8000"}).status_code == 400


def test_probes_are_for_reading():
    assert Client().post("/health/live").status_code == 405


@pytest.mark.django_db
def test_ready_when_the_database_answers_and_is_migrated():
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["migrations"] == "ok"


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(monkeypatch):
    monkeypatch.setattr("angarium.engine.observability.database._migrated", False)
    last = MigrationRecorder.Migration.objects.filter(app="sessions")
    kept = list(last)
    last.delete()
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["checks"]["migrations"] == "1 migrations are not applied; run `angarium migrate`."
    MigrationRecorder.Migration.objects.bulk_create(kept)
    assert Client().get("/health/ready").status_code == 200


@pytest.mark.django_db
def test_a_database_that_is_away_is_told_and_no_fault():
    away = ConnectionHandler({"default": {**connections.settings["default"], **NOWHERE}})["default"]
    assert database.answers(away) == "The database does not answer."
    assert database.is_migrated(away) == "The database does not say which migrations it has."


def test_several_processes_are_shown_as_one(tmp_path):
    """What one process counted is in the answer of another one."""
    code = "from angarium.engine.observability.metrics import *; "
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def ran(rest: str) -> str:
        words = [sys.executable, "-c", code + rest]
        return subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout

    ran("counter('angarium_test_many', 'Many.').inc(3)")
    assert "angarium_test_many_total 3.0" in ran("print(exposition().decode())")


@pytest.fixture
def checks(monkeypatch):
    monkeypatch.setattr(readiness, "_checks", {})
    return readiness.readiness


def test_not_ready_when_a_required_check_has_trouble(checks):
    checks("database", lambda: "The database does not answer.")
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": {"database": "The database does not answer."}}


def test_ready_when_only_an_informing_check_has_trouble(checks):
    checks("worker", lambda: "No worker was seen for a minute.", required=False)
    assert Client().get("/health/ready").status_code == 200


def test_a_check_that_fails_is_trouble_and_no_500(checks):
    def broken() -> str | None:
        raise OperationalError("could not connect to secret-host")

    checks("database", broken)
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert b"secret-host" not in answer.content


def test_what_the_instance_stands_at_is_read_when_it_is_asked(monkeypatch):
    monkeypatch.setattr("angarium.engine.observability.metrics._readers", {})
    at_scrape("test", lambda: [Reading("angarium_test_waiting", "For this test.", {("a",): 7}, ("queue",))])
    at_scrape("broken", lambda: 1 / 0)
    at_scrape("growing", lambda: [Reading("angarium_test_grown", "For this test.", {(): 3}, grows=True)])
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    assert 'angarium_test_waiting{queue="a"} 7.0' in lines
    assert "angarium_test_grown_total 3.0" in lines
    assert "# TYPE angarium_test_grown_total counter" in lines


def test_a_database_that_is_away_is_asked_once_for_a_scrape(monkeypatch):
    monkeypatch.setattr("angarium.engine.observability.metrics._readers", {})
    asked = []

    def away():
        asked.append(1)
        raise OperationalError("could not connect")

    at_scrape("one", away)
    at_scrape("two", away)
    assert "angarium_http_requests_total" in Client().get("/metrics").content.decode()
    assert len(asked) == 1


def test_a_metric_is_made_once_and_keeps_its_kind():
    assert counter("angarium_test_once", "Once.") is counter("angarium_test_once", "Once.")
    with pytest.raises(TypeError):
        histogram("angarium_test_once", "Once.")
