"""The commands of docker-compose.yml, started: the main job through the roles apart, seen by Prometheus and Flower."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, Request, build_opener

import pytest
from websockets.exceptions import ConnectionClosed

from tests.deployment.compose import ROOT, services
from tests.deployment.fleet import READY, Fleet, fleet
from tests.deployment.listening import Frame, events, frames, socket, stream, until
from tests.deployment.prometheus import expressions, finite, programs, scraping
from tests.servers.environment import free_port
from tests.servers.polling import eventually
from tests.servers.sender import sender

pytestmark = pytest.mark.processes

TOLD = re.compile(r"^Уведомление отправлено студенту 7 по уроку ", re.MULTILINE)
ATTEMPTS = 60
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"


def test_les_18_flower_lists_the_worker() -> None:
    """Before the others: its worker would have the same name on the same RabbitMQ as theirs."""
    with fleet("worker", "flower") as running:
        name = running.processes["worker"].wait_for(r"(celery@\S+) ready")[1]

        def listed() -> list[str]:
            return [worker["hostname"] for worker in json.loads(running.flower("/workers?json=1"))["data"]]

        eventually(lambda: listed() == [name], within=30, what=listed)
        assert name in running.flower("/workers")
        assert not running.answers("flower", "/workers")  # without the password
        assert running.answers("flower", "/healthcheck")
        eventually(lambda: running.rows("select role from tasks_process") == [("worker",)])  # a thread enters it
        assert running.processes["worker"].terminate() == 0
        assert running.rows("select role from tasks_process") == []


@pytest.fixture(scope="module")
def running() -> Iterator[Fleet]:
    """All roles, and the gateway in front; lessons are entered and completed through it, and mailings sent, each
    message at the second attempt."""
    roles = ("web", "live", "gateway", "worker", "beat", "relay", "processor")
    with sender(lambda _id, time: "ok" if time > 1 else "500") as outside:
        told = {"LIVE_ATTEMPTS": str(ATTEMPTS), "SENDER_URL": outside.url, "SENDER_TOKEN": "outside"}
        with fleet(*roles, **told) as made:
            yield made


def test_les_15_the_roles_of_the_compose_file_do_the_main_job_and_every_panel_shows_it(running: Fleet) -> None:
    prometheus, _ = programs()
    running.complete_lesson("Алгебра")
    running.do_task()
    running.look_at_projects()
    running.export()
    roles = {role for (role,) in running.rows("select role from tasks_process")}
    assert roles == {"beat", "live", "relay", "web", "worker"}
    with socket(running.entrance, running.token) as connection:
        next(frames(connection))  # and one that has ended
    with socket(running.entrance, running.token), scraping(prometheus, running.scraped) as server:
        eventually(lambda: len(server.query("up == 1")) == 6, within=60, what=lambda: server.query("up"))
        eventually(lambda: finite(server.query('angarium_task_runs_total{job="worker"}')))
        eventually(lambda: finite(server.query('angarium_processor_runs_total{job="processor"}')))
        eventually(lambda: finite(server.query('angarium_http_requests_total{job="web"}')))
        running.kill_pool()  # what those processes counted is not forgotten with them
        running.complete_lesson("Геометрия")
        running.do_task()
        running.send_mailing()
        running.look_at_projects()
        running.export()
        wanted = expressions()
        eventually(
            lambda: not server.empty(wanted), within=60, what=lambda: f"these show nothing: {server.empty(wanted)}"
        )
        sent = 'sum(angarium_deliveries_total{channel="log", state="sent"})'
        all_sent = len(TOLD.findall(running.processes["worker"].output))
        eventually(  # the next scrape has what came after the last one
            lambda: [float(sample["value"][1]) for sample in server.query(sent)] == [all_sent],
            what=lambda: server.query(sent),
        )
        eventually(lambda: {rule["health"] for rule in server.rules()} == {"ok"}, what=server.rules)
        assert len(server.rules()) == RULES.read_text().count("- alert:")
        assert [rule["name"] for rule in server.rules() if rule["state"] == "firing"] == []


ROUTES = {  # what is asked, and under which route and status it is counted
    "/api/timeoff/employees/": ("timeoff_api:employees", "200"),
    "/api/timeoff/requests/": ("timeoff_api:requests", "200"),
    "/api/timeoff/rates/": ("timeoff_api:rates", "200"),
    "/api/timeoff/balances/987654/?on=2026-01-01": ("timeoff_api:balance", "404"),
    "/api/exports/": ("exports_api:exports", "200"),
    "/api/exports/0198a000-0000-7000-8000-0000000987ab/": ("exports_api:export", "404"),
}


def test_hr_19_timeoff_and_exports_are_counted_and_timed_by_route_in_every_process(running: Fleet) -> None:
    """The processes of `web` answer in turns, and whichever is asked for the numbers has all of them."""
    names = ("angarium_http_requests_total", "angarium_http_request_seconds_count", "angarium_http_errors_total")

    def numbers() -> dict[tuple[str, str, str], float]:
        found: dict[tuple[str, str, str], float] = Counter()
        for line in running.get("web", "/metrics").splitlines():
            if counted := re.match(r'(\w+)\{method="GET",route="([^"]+)"(?:,status="(\d+)")?\} (\S+)', line):
                found[counted[1], counted[2], counted[3] or ""] += float(counted[4])
        return found

    before, times = numbers(), 8
    for path in [*ROUTES] * times:
        with contextlib.suppress(HTTPError):
            running.get("web", path, Host="localhost:8000", Authorization=f"Bearer {running.token}")
    after = numbers()
    for route, status in ROUTES.values():
        assert after[names[0], route, status] - before[names[0], route, status] == times
        assert after[names[1], route, ""] - before[names[1], route, ""] == times
        assert after[names[2], route, ""] == 0
    assert "987" not in " ".join(route for _, route, _ in after)


def test_hr_19_numbers_are_told_nearby_alone_and_the_workers_are_among_them(running: Fleet) -> None:
    told = running.get("web", "/metrics")
    assert {"angarium_operations_due", "angarium_operations_published", "angarium_dead_letters"} <= {
        line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")
    }
    running.complete_lesson("Химия")
    assert "angarium_task_runs_total{" in running.get("worker", "/metrics")
    for service in ("web", "live"):
        with pytest.raises(HTTPError) as refused:
            running.get(service, "/metrics", **{"X-Forwarded-For": "93.184.216.34"})
        assert refused.value.code == 401
    published = {name for name, service in services().items() if service.get("ports")}
    assert not published & {"worker", "beat", "relay", "processor"}


def test_live_pages_answer_through_the_gateway(running: Fleet) -> None:
    page = running.get("gateway", "/login/", Host="localhost:8000")
    assert "<form" in page
    assert json.loads(running.get("gateway", "/health/ready"))["status"] == "ready"


def test_live_what_a_worker_does_is_seen_over_a_socket(running: Fleet) -> None:
    with socket(running.entrance, running.token) as connection:
        coming = frames(connection)
        assert next(coming)["type"] == "welcome"
        running.complete_lesson("Физика")
        seen = until(coming, lambda seen: len(succeeded(seen)) == 2)
    (completed,) = [frame for frame in seen if frame["type"] == "lesson.completed"]
    assert (completed["log"], completed["data"]["title"], completed["data"]["status"]) == (
        "events",
        "Физика",
        "completed",
    )
    assert {topic for frame in succeeded(seen) for topic in frame["also"]} >= {completed["topic"]}
    for log in ("events", "work"):
        positions = [frame["position"] for frame in seen if frame.get("log") == log and "position" in frame]
        assert positions == sorted(set(positions))


def test_live_events_stream_through_the_gateway_and_go_on_after_the_last_one(running: Fleet) -> None:
    with stream(running.entrance, running.token, "?topics=lesson:*") as answer:
        assert answer.headers.get_content_type() == "text/event-stream"
        coming = events(answer)
        assert next(coming)["event"] == "welcome"
        running.complete_lesson("Химия")
        seen = until(coming, lambda seen: seen[-1]["event"] == "lesson.completed")
    created = next(event for event in seen if event["event"] == "lesson.created")
    with stream(running.entrance, running.token, "?topics=lesson:*", Last_Event_ID=created["id"]) as answer:
        again = until(events(answer), lambda seen: seen[-1]["event"] == "lesson.completed")
    assert again[-1]["data"] == seen[-1]["data"]
    assert [event for event in again if event["event"] == "lesson.created"] == []


def test_live_attempts_are_counted_by_the_address_that_the_gateway_noted(running: Fleet) -> None:
    def attempt(address: str) -> int:
        with stream(running.entrance, "ang_unknown", X_Forwarded_For=address) as answer:
            return answer.status

    assert {attempt("203.0.113.5") for _ in range(ATTEMPTS)} == {401}
    assert 429 in (attempt("203.0.113.5") for _ in range(ATTEMPTS))  # one more is allowed each second
    assert attempt("203.0.113.6") == 401


def test_sign_in_is_limited_by_the_address_that_the_gateway_noted(running: Fleet) -> None:
    """Each of the two processes of `web` lets an address try a name five times."""

    def tried(address: str) -> int:
        with browser.open(Request(page, form, {"X-Forwarded-For": address})) as answer:
            return int(answer.status)

    page = f"http://127.0.0.1:{running.entrance}/login/"
    browser = build_opener(HTTPCookieProcessor(), Answers())
    with browser.open(page) as answer:
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())[0]
    form = urlencode({"csrfmiddlewaretoken": token, "username": "nobody", "password": "x"}).encode()
    assert 429 in [tried("203.0.113.5") for _ in range(11)]
    assert tried("203.0.113.6") == 422


class Answers(HTTPErrorProcessor):
    """A refusal is an answer too."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response


def test_live_a_replica_that_stops_tells_its_listeners(running: Fleet) -> None:
    port = free_port()
    with running.started("live", port) as replica:
        replica.wait_for(READY["live"], within=60)
        with socket(port, running.token) as connection, stream(port, running.token) as answer:
            coming = events(answer)
            assert next(frames(connection))["type"] == next(coming)["event"] == "welcome"
            replica.popen.terminate()
            with pytest.raises(ConnectionClosed) as closed:
                list(frames(connection))
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
            end = until(coming, lambda seen: seen[-1]["event"] == "end")[-1]
            assert json.loads(end["data"])["code"] == 1001
        assert replica.wait() == 0, replica.output


def succeeded(seen: list[Frame]) -> list[Frame]:
    """The notifications among these frames that are done."""
    done = [frame for frame in seen if frame.get("log") == "work" and frame["data"].get("state") == "succeeded"]
    return [frame for frame in done if frame["data"]["kind"] == "lessons.notify_student"]
