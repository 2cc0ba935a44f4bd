"""Dashboards, rules and the reference name the metrics that the code declares, all of them and no others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory
from prometheus_client import REGISTRY

from angarium.engine.ledger.public import start
from angarium.engine.observability import middleware
from angarium.engine.observability.metrics import exposition, readings
from angarium.engine.tasks.execute import execute
from angarium.kernel.clock import now
from angarium.processor import metrics as processor
from tests.deployment.compose import ROOT, services
from tests.deployment.prometheus import DASHBOARDS, FOLDER, expressions, panels, programs

_NAME = re.compile(r"\bangarium_\w+")
_FALLBACK = re.compile(r"(.+) or vector\(-?\d+\)")
_SERIES = re.compile(r"^(angarium_\w+(?:\{[^}]*\})?) (\S+)$", re.MULTILINE)
_PART = re.compile(r"_(?:bucket|sum|count|total)$")


def declared() -> set[str]:
    """Names without the endings that Prometheus adds; those that tests declared for themselves left out."""
    assert middleware.requests  # declared when the middleware is loaded
    families = [*REGISTRY.collect(), *processor.REGISTRY.collect()]
    counted = {family.name for family in families if family.name.startswith("angarium_")}
    return {name for name in counted | {reading.name for reading in readings()} if "_test_" not in name}


def named(text: str) -> set[str]:
    return {_PART.sub("", name) for name in _NAME.findall(text)}


@pytest.mark.django_db
def test_the_reference_describes_every_metric() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    assert named(page) == declared()


@pytest.mark.django_db
def test_panels_and_rules_ask_for_metrics_that_there_are() -> None:
    asked = named(" ".join(expressions())) | named((FOLDER / "rules.yml").read_text())
    assert asked - declared() == set()
    assert declared() - named(" ".join(expressions())) == set(), "shown by no panel"


def test_every_panel_says_what_it_shows_and_asks_the_provisioned_source() -> None:
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    source = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
    for panel in panels():
        assert panel["description"].endswith("."), panel["title"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {source["uid"]}
    assert len({panel["title"] for panel in panels()}) == len(panels())


def test_hr_19_panels_show_time_number_and_errors_of_requests_by_route() -> None:
    asked = " ".join(expressions())
    for question in (
        "sum by (route) (rate(angarium_http_requests_total[1m]))",
        "sum by (status) (rate(angarium_http_requests_total[1m]))",
        "sum by (le, route) (rate(angarium_http_request_seconds_bucket[1m]))",
        "rate(angarium_http_errors_total[1m])",
        "max by (queue) (angarium_operations_due)",
    ):
        assert question in asked
    assert not re.search(r"\bpath\b", asked)


def test_panels_lie_beside_one_another() -> None:
    for file in DASHBOARDS:
        dashboard = json.loads(file.read_text())
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert not cells & taken, panel["title"]
            assert at["x"] + at["w"] <= 24, panel["title"]
            taken |= cells
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_grafana_finds_its_dashboards_where_compose_mounts_them() -> None:
    provider = ROOT / "deploy" / "grafana" / "provisioning" / "dashboards" / "angarium.yml"
    path = yaml.safe_load(provider.read_text())["providers"][0]["options"]["path"]
    assert f"./deploy/grafana/dashboards:{path}:ro" in services()["grafana"]["volumes"]
    assert services()["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] in {
        f"{path}/{file.name}" for file in DASHBOARDS
    }


def test_prometheus_scrapes_every_role_of_the_compose_file() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    assert [job["job_name"] for job in jobs] == ["web", "live", "worker", "beat", "relay", "processor"]
    for job in jobs:
        found = job["dns_sd_configs"][0]
        given = services()[job["job_name"]]["environment"]
        port = given["PORT"] if job["job_name"] in {"web", "live"} else given["ANGARIUM_METRICS_PORT"]
        assert (found["names"], str(found["port"])) == ([job["job_name"]], port)


@pytest.mark.processes
@pytest.mark.django_db
def test_les_15_what_a_panel_falls_back_to_hides_no_question_that_nothing_answers(tmp_path: Path) -> None:
    """`or vector(…)` shows a number where there is nothing to ask, so it would show one for a metric that nobody has:
    Prometheus is asked without it, over the series that the product has after a fault and an audit."""
    _, promtool = programs()
    bare = [found[1] for expression in expressions() if (found := _FALLBACK.fullmatch(expression))]
    assert len(bare) == 3
    middleware.RequestContext(lambda request: HttpResponse(status=500))(RequestFactory().get("/"))
    with transaction.atomic():
        audit = start("console.audit", slot=now().isoformat())
    assert execute(audit) == "succeeded"
    asked = {
        "interval": "15s",
        "input_series": [
            {"series": series, "values": f"{float(value):g}+1x20"}
            for series, value in _SERIES.findall(exposition().decode())
            if named(series) & named(" ".join(bare))
        ],
        "promql_expr_test": [
            {"expr": f"count({one})", "eval_time": "4m", "exp_samples": [{"labels": "{}", "value": 1}]} for one in bare
        ],
    }
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [asked]}))
    checked = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.processes
@pytest.mark.parametrize(
    "words",
    [
        ("check", "config", str(FOLDER / "prometheus.yml")),
        ("check", "rules", str(FOLDER / "rules.yml")),
        ("test", "rules", str(ROOT / "tests" / "deployment" / "rules.yml")),
    ],
    ids=["config", "rules", "alerts"],
)
def test_les_15_promtool_is_content(words: tuple[str, ...]) -> None:
    _, promtool = programs()
    checked = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
