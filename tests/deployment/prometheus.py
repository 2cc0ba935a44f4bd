"""A real Prometheus with the product's own configuration, its targets moved to the ports of a test."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.deployment.compose import ROOT
from tests.servers.distribution import program
from tests.servers.environment import free_port, new_folder, unavailable
from tests.servers.processes import Process

FOLDER = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))


def programs() -> tuple[str, str]:
    """Paths of `prometheus` and `promtool`; skips the test where neither the machine nor root on Debian has them."""
    found = [program([name], "prometheus") for name in ("prometheus", "promtool")]
    if None in found:
        unavailable("No Prometheus here: install the distribution's package `prometheus`.")
    return str(found[0]), str(found[1])


def panels() -> list[dict[str, Any]]:
    every = [panel for file in DASHBOARDS for panel in json.loads(file.read_text())["panels"]]
    return [panel for panel in every if panel["type"] != "row"]


def expressions() -> list[str]:
    """The query of every panel, as Grafana would send it."""
    return [target["expr"].replace("$__rate_interval", "1m") for panel in panels() for target in panel["targets"]]


def finite(samples: list[dict[str, Any]]) -> bool:
    return any(math.isfinite(float(sample["value"][1])) for sample in samples)


@dataclass
class Prometheus:
    """Its HTTP interface."""

    port: int

    def query(self, expression: str) -> list[dict[str, Any]]:
        return list(self._get("query", query=expression)["result"])

    def empty(self, wanted: list[str]) -> list[str]:
        """Those of the expressions that have no number now."""
        return [expression for expression in wanted if not finite(self.query(expression))]

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, what: str, **words: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urlencode(words)}"
        with urlopen(url, timeout=10) as answer:
            return dict(json.load(answer)["data"])


@contextmanager
def scraping(binary: str, ports: Mapping[str, int]) -> Iterator[Prometheus]:
    """Scrape these roles every second, by deploy/prometheus in all else."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(FOLDER / name) for name in config["rule_files"]]
    assert {job["job_name"] for job in config["scrape_configs"]} == set(ports)
    config["scrape_configs"] = [
        {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for name, port in ports.items()
    ]
    folder, port = new_folder("prometheus-"), free_port()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    words = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with Process(*words, f"--web.listen-address=127.0.0.1:{port}", program=binary) as process:
        process.wait_for("Server is ready to receive web requests", within=60)
        yield Prometheus(port)
