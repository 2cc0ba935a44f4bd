"""deploy/apart: the compose file laid over the fleet's, and what each of the deployments is told."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from angarium.config.modules import MODULES
from tests.deployment.compose import ROOT, environment, filled, required_variables, services

FOLDER = ROOT / "deploy" / "apart"
SECRETS = dict.fromkeys(required_variables(), "x" * 64)
NAMES = sorted(file.stem for file in FOLDER.glob("*.env"))


def laid_over() -> dict[str, Any]:
    return yaml.safe_load((FOLDER / "docker-compose.yml").read_text())  # type: ignore[no-any-return]


def told(name: str) -> dict[str, str]:
    """The env file of a deployment as Compose reads it over the secrets."""
    lines = (FOLDER / f"{name}.env").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {**SECRETS, **{key: filled(value.strip('"'), SECRETS) for key, value in pairs}}


def test_pm_20_the_file_fits_its_schema() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*words, str(FOLDER / "docker-compose.yml")], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_pm_20_it_changes_services_of_the_fleet_and_nothing_but_their_networks() -> None:
    assert set(laid_over()["services"]) <= set(services())
    changed = {key for service in laid_over()["services"].values() for key in service}
    assert changed == {"networks", "profiles"}
    sharing = {name for name, one in laid_over()["services"].items() if "apart" in one.get("networks", [])}
    assert sharing == {"worker", "relay", "rabbitmq"}


@pytest.mark.parametrize("name", NAMES)
def test_pm_22_each_deployment_runs_one_module_under_its_own_name(name: str) -> None:
    given = environment("worker", told(name))
    assert given["MODULES"] == given["FORWARD_AS"] == name
    assert name in MODULES


def test_pm_22_who_sends_knows_a_broker_of_the_network_and_is_known_there() -> None:
    aliases = laid_over()["services"]["rabbitmq"]["networks"]["apart"]["aliases"]
    for sender in NAMES:
        for peer in filter(None, environment("worker", told(sender)).get("FORWARD_TO", "").split(";")):
            name, url, *_ = peer.split()
            host = re.search(r"@([^:/]+)", url)
            assert host is not None
            assert host[1] in {filled(one, told(name)) for one in aliases}
            assert sender in environment("worker", told(name))["FORWARD_FROM"].split(",")
            assert SECRETS["RABBITMQ_PASSWORD"] in url


def test_pm_22_two_deployments_share_no_port_of_the_machine() -> None:
    ports = [value for name in NAMES for key, value in told(name).items() if key.endswith("PORT")]
    assert len(set(ports)) == len(ports) == 8


def test_pm_20_no_secret_stands_in_the_files() -> None:
    for name in NAMES:
        text = (FOLDER / f"{name}.env").read_text()
        assert re.findall(r"^\w*(?:PASSWORD|SECRET|TOKEN)\w*=", text, re.MULTILINE) == []
        assert re.findall(r"://[^$]*:(?!\$\{)[^@/]*@", text) == []
