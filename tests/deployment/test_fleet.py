"""The commands of docker-compose.yml, started: the main job through the roles apart, seen by Prometheus and Flower."""

from __future__ import annotations

import json

import pytest

from tests.deployment.compose import ROOT
from tests.deployment.fleet import fleet
from tests.deployment.prometheus import expressions, finite, programs, scraping
from tests.servers.polling import eventually

pytestmark = pytest.mark.processes

RULES = ROOT / "deploy" / "prometheus" / "rules.yml"


def test_les_15_the_roles_of_the_compose_file_do_the_main_job_and_every_panel_shows_it() -> None:
    prometheus, _ = programs()
    with fleet("web", "worker", "beat", "relay") as running:
        running.complete_lesson("Алгебра")
        assert sorted(running.rows("select role from tasks_process")) == [("beat",), ("relay",), ("worker",)]
        with scraping(prometheus, running.ports) as server:
            eventually(lambda: len(server.query("up == 1")) == 4, within=60, what=lambda: server.query("up"))
            eventually(lambda: finite(server.query('angarium_task_runs_total{job="worker"}')))
            eventually(lambda: finite(server.query('angarium_http_requests_total{job="web"}')))
            running.kill_pool()  # what those processes counted is not forgotten with them
            running.complete_lesson("Геометрия")
            wanted = expressions()
            eventually(
                lambda: not server.empty(wanted),
                within=60,
                what=lambda: f"these show nothing: {server.empty(wanted)}",
            )
            sent = 'sum(angarium_deliveries_total{channel="log", state="sent"})'
            eventually(  # the next scrape has what came after the last one
                lambda: [sample["value"][1] for sample in server.query(sent)] == ["4"], what=lambda: server.query(sent)
            )
            eventually(lambda: {rule["health"] for rule in server.rules()} == {"ok"}, what=server.rules)
            assert len(server.rules()) == RULES.read_text().count("- alert:")
            firing = [rule["name"] for rule in server.rules() if rule["state"] == "firing"]
            assert firing == []


def test_les_18_flower_lists_the_worker() -> None:
    with fleet("worker", "flower") as running:
        name = running.processes["worker"].wait_for(r"(celery@\S+) ready")[1]

        def listed() -> list[str]:
            return [worker["hostname"] for worker in json.loads(running.flower("/workers?json=1"))["data"]]

        eventually(lambda: listed() == [name], within=30, what=listed)
        assert name in running.flower("/workers")
        assert not running.answers("flower", "/workers")  # without the password
        assert running.answers("flower", "/healthcheck")
        assert running.rows("select role, queues from tasks_process")[0][0] == "worker"
        assert running.processes["worker"].terminate() == 0
        assert running.rows("select role from tasks_process") == []
