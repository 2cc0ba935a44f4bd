"""The gateway's configuration, under an nginx: who is asked, and what they are told of whoever asks."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from angarium.config.behind import application
from tests.deployment import compose
from tests.deployment.gateway import gateway
from tests.servers.http import Asked, HttpServer, http_server

pytestmark = pytest.mark.processes

SECRETS = dict.fromkeys(compose.required_variables(), "x")
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


@dataclass
class Entrance:
    """The gateway's port, and those who stand behind it."""

    port: int
    web: HttpServer
    live: HttpServer

    def ask(self, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """Status, content type and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        found = answer.status, answer.headers.get_content_type(), answer.read().decode()
        connection.close()
        return found

    def seen(self, path: str, **headers: str) -> Asked:
        """The request as `web` or `live` got it."""
        assert self.ask(path, **headers)[0] == 200
        return (self.web.asked or self.live.asked).pop()


@pytest.fixture(scope="module")
def before_tls() -> Iterator[Entrance]:
    """A proxy of ours on this machine stands in front."""
    with http_server() as web, http_server() as live, gateway(_port(web), _port(live), MAX_BODY_BYTES="2048") as port:
        yield Entrance(port, web, live)


@pytest.fixture(scope="module")
def outermost() -> Iterator[Entrance]:
    """Nobody on this machine is a proxy of ours."""
    with (
        http_server() as web,
        http_server() as live,
        gateway(_port(web), _port(live), TRUSTED_PROXY="192.0.2.1") as port,
    ):
        yield Entrance(port, web, live)


def _port(server: HttpServer) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize(
    "path", ["/ws/notifications/", "/ws/notifications/?topics=lesson:7", "/events/", "/events?topics=*"]
)
def test_live_frames_are_asked_of_live(outermost: Entrance, path: str) -> None:
    outermost.ask(path)
    assert [asked.path for asked in outermost.live.asked] == [path]
    assert outermost.web.asked == []
    outermost.live.asked.clear()


@pytest.mark.parametrize("begins", ["/", "/api/", "/operations/", "/api/operations/"])
@pytest.mark.parametrize("ends", ["01a2183a-d792-700e-840c-966127745888/transitions", "transitions:batch"])
def test_reports_are_asked_of_live_which_commits_them_in_groups(outermost: Entrance, begins: str, ends: str) -> None:
    paths = [f"{begins}operations/{ends}", f"{begins}operations/{ends}/"]
    for path in paths:
        outermost.ask(path, "{}")
    assert [asked.path for asked in outermost.live.asked] == paths
    assert outermost.web.asked == []
    outermost.live.asked.clear()


@pytest.mark.parametrize(
    "path", ["/", "/events.html", "/wsx/", "/api/lessons/events/", "/app/lessons/%D1%83%2F1?a=%20b"]
)
def test_all_else_is_asked_of_web_as_it_was_written(outermost: Entrance, path: str) -> None:
    assert outermost.seen(path).path == path
    assert outermost.live.asked == []


def test_live_only_a_websocket_may_change_the_protocol(outermost: Entrance) -> None:
    assert UPGRADE.items() <= _lowered(outermost.seen("/ws/notifications/", **UPGRADE)).items()
    for path, upgrade in (("/ws/notifications/", "h2c"), ("/events/", "websocket"), ("/", "websocket"), ("/", "h2c")):
        headers = outermost.seen(path, Upgrade=upgrade, Connection="Upgrade, HTTP2-Settings").headers
        assert "Upgrade" not in headers, path
        assert headers.get("Connection") in {None, "close"}


def _lowered(asked: Asked) -> dict[str, str]:
    return {**asked.headers, "Connection": asked.headers["Connection"].capitalize()}


def test_the_host_is_kept_and_what_a_stranger_says_of_others_is_not(outermost: Entrance) -> None:
    said = {"X_Forwarded_For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X_Forwarded_Host": "other.example"}
    headers = outermost.seen("/", Host="lessons.localhost:8000", **said).headers
    assert headers["Host"] == headers["X-Forwarded-Host"] == "lessons.localhost:8000"
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert "Forwarded" not in headers


def test_behind_a_proxy_of_ours_the_client_is_whom_it_names_last(before_tls: Entrance) -> None:
    said = {"X_Forwarded_For": "198.51.100.7, 203.0.113.9", "X_Forwarded_Proto": "https"}
    for path in ("/", "/ws/notifications/"):
        headers = before_tls.seen(path, **said).headers
        assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("203.0.113.9", "https")


def test_a_body_that_is_too_large_is_refused_in_the_words_of_the_api(before_tls: Entrance) -> None:
    assert before_tls.ask("/", "x" * 2048)[0] == 200
    before_tls.web.asked.clear()
    status, kind, body = before_tls.ask("/", "x" * 2049)
    assert (status, kind) == (413, "application/problem+json")
    problem = json.loads(body)
    assert len(problem.pop("request_id")) == 32
    assert problem == {
        "type": "urn:angarium:problem:too_large",
        "title": "Request Entity Too Large",
        "status": 413,
        "code": "too_large",
        "detail": "The body is larger than 2048 bytes, which is all that this server takes.",
        "field": None,
    }
    assert before_tls.web.asked == []


@pytest.mark.django_db
def test_behind_the_gateway_web_takes_the_client_from_it_and_from_nobody_else() -> None:
    """In the fleet these are the networks of its containers, which alone reach `web`."""

    def client(asked_by: str, noted: str) -> str:
        environ: dict[str, Any] = {"PATH_INFO": "/health/live", "REMOTE_ADDR": asked_by, "HTTP_X_FORWARDED_FOR": noted}
        setup_testing_defaults(environ)
        assert b"".join(application(environ, lambda *_: None))
        return str(environ["REMOTE_ADDR"])

    assert client("127.0.0.1", "203.0.113.9") == "203.0.113.9"
    assert client("192.0.2.1", "203.0.113.9") == "192.0.2.1"
    given = {compose.environment(name, SECRETS)["FORWARDED_ALLOW_IPS"] for name in ("web", "live")}
    networks = [ip_network(network) for network in given.pop().split(",")]
    assert not given
    assert all(network.is_private for network in networks)
    assert any(ip_address("172.18.0.5") in network for network in networks)


def test_who_is_away_is_told_as_a_bad_gateway(before_tls: Entrance) -> None:
    with gateway(_nobody(), _nobody()) as port:
        assert Entrance(port, before_tls.web, before_tls.live).ask("/events/")[0] == 502
        assert Entrance(port, before_tls.web, before_tls.live).ask("/")[0] == 502


def _nobody() -> int:
    with http_server() as gone:
        return _port(gone)
