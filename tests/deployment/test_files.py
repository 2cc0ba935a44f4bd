"""Compose file, image, pipelines and secrets, each against its schema or its parser, and against one another."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from tests.deployment.compose import FILE, ROOT, command, environment, filled, raw, required_variables, services
from tests.deployment.dockerfile import copied, instructions

OURS = ("migrate", "tokens", "web", "live", "worker", "beat", "relay", "processor", "flower")
#: Those that come to an end by themselves.
ONCE = {"migrate", "tokens"}


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "docker-compose.yml"),
        ("vendor.gitlab-ci", ".gitlab-ci.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_les_15_compose_file_and_pipelines_fit_their_schemas(schema: str, file: str) -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / file)]
    words += ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_les_15_the_pipelines_run_what_a_person_runs() -> None:
    gitlab = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())
    github = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step["run"] for step in github["jobs"]["test"]["steps"] if "run" in step]
    assert gitlab["test"]["script"] == [".ci/run"]
    assert steps[-1] == ".ci/run"
    assert [step for step in steps[:-1] if not step.startswith("git config ")] == []
    assert re.findall(r"^exec .*", (ROOT / ".ci/run").read_text(), re.MULTILINE) == [
        "exec make --no-print-directory test"
    ]


def test_les_15_every_service_is_there_healthy_before_what_needs_it() -> None:
    theirs = {"gateway", "postgres", "redis", "rabbitmq", "prometheus", "grafana"}
    assert set(services()) == {*OURS, *theirs}
    assert "api" in services()["web"]["networks"]["default"]["aliases"]
    for name, service in services().items():
        if name not in ONCE:
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        for needed, how in service.get("depends_on", {}).items():
            checked = "healthcheck" in services()[needed] and needed not in ONCE
            assert checked or how["condition"] == "service_completed_successfully", (name, needed)
    for name in ("web", "live", "worker", "beat", "relay"):
        assert services()[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services()[name]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_op_06_the_processor_has_no_database_nor_a_network_with_one() -> None:
    given = environment("processor", dict.fromkeys(required_variables(), "x"))
    assert set(given) >= {"ANGARIUM_URL", "ANGARIUM_TOKEN", "CELERY_BROKER_URL"}
    assert not [
        name for name, value in given.items() if "postgres" in value or re.search("DATABASE|SECRET|REDIS", name)
    ]
    assert services()["processor"]["networks"] == ["work"]
    assert {name for name in services() if "work" in services()[name].get("networks", [])} == {
        "web", "rabbitmq", "processor", "prometheus",
    }  # fmt: skip
    assert set(raw()["networks"]) == {"default", "work"}
    assert command("tokens") == ["angarium", "token", "keep", "processor", "--scope", "operations:report"]
    assert environment("tokens", dict.fromkeys(required_variables(), "x"))["ANGARIUM_TOKEN"] == given["ANGARIUM_TOKEN"]


def test_nothing_is_reachable_from_other_machines_unless_asked_for() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert [port for port in ports if not filled(port, {}).startswith("127.0.0.1:")] == []


def test_live_people_have_one_address_in_front_of_web_and_live() -> None:
    gateway = services()["gateway"]
    assert [name for name, service in services().items() if "${PORT:-8000}" in str(service.get("ports"))] == ["gateway"]
    assert gateway["depends_on"]["web"] == {"condition": "service_healthy"}
    assert gateway["user"] != "root"
    listens = gateway["environment"]["LISTEN"]
    assert gateway["ports"][0].endswith(f":{listens}")
    for name in ("web", "live"):
        port = services()[name]["environment"]["PORT"]
        assert gateway["environment"][f"{name.upper()}_ADDRESS"] == f"{name}:{port}"


def test_our_containers_can_do_as_little_as_they_need() -> None:
    for name in (*OURS, "gateway"):
        service = services()[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_setting_reaches_the_containers_or_is_decided_there() -> None:
    offered = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)=", (ROOT / "env.example").read_text(), re.MULTILINE))
    embedded_or_unsafe = {"DEMO", "ANGARIUM_DEMO", "ANGARIUM_OPEN", "DEBUG", "ANGARIUM_METRICS_PORT"}
    told = set(services()["web"]["environment"]) | set(services()["processor"]["environment"])
    assert offered - embedded_or_unsafe - told == set()
    assert set(environment("worker", dict.fromkeys(required_variables(), "x"))) >= {"ANGARIUM_METRICS_PORT"}


def test_no_secret_has_a_default_and_without_them_nothing_starts() -> None:
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|_PASS$|AUTH")
    for name, service in services().items():
        for variable, value in service.get("environment", {}).items():
            if value is None:
                continue  # passed on as its owner wrote it, or not at all
            if secret.search(variable) or re.search(r"://.*@", str(value)):
                assert re.search(r"\$\{\w+:\?", str(value)), (name, variable)
    with pytest.raises(KeyError, match=r"run deploy/secrets.sh once"):
        environment("web", {})
    with pytest.raises(KeyError, match=r"run deploy/secrets.sh once"):
        filled(" ".join(command("redis")), {})


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "secrets.sh", tmp_path / "deploy")
    file = tmp_path / ".env"
    file.write_text("LANGUAGE=ru\nREDIS_PASSWORD=mine")
    subprocess.run([tmp_path / "deploy" / "secrets.sh"], check=True)
    made = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert set(made) == {"LANGUAGE", *required_variables()}
    assert made["REDIS_PASSWORD"] == "mine"
    assert len(set(made.values())) == len(made)
    assert min(len(made[name]) for name in required_variables() - {"REDIS_PASSWORD"}) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_text()
    subprocess.run([tmp_path / "deploy" / "secrets.sh"], check=True)
    assert file.read_text() == before


def test_the_image_is_built_in_stages_from_locked_packages_and_runs_as_nobody_special() -> None:
    found = instructions()
    stages = [index for index, (word, _) in enumerate(found) if word == "FROM"]
    last = dict(found[stages[-1] :])
    assert len(stages) == 2
    assert last["USER"] == "10001:10001"
    assert last["HEALTHCHECK"].count("urlopen") == 1
    assert any(
        "pip install --require-hashes --no-deps -r requirements/fleet.txt" in rest
        for word, rest in found
        if word == "RUN"
    )
    assert not [rest for word, rest in found if word == "ADD" or re.search(r"PASSWORD|SECRET|TOKEN", rest)]


def test_what_the_image_copies_is_sent_to_the_builder_and_nothing_else() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    sent = [line[1:] for line in rules if line[0] == "!"]
    assert rules[0] == "*"
    assert sorted(copied()) == sorted(sent)
    assert [path for path in copied() if not (ROOT / path).exists()] == []
    assert not any(fnmatch(".env", pattern) for pattern in sent)


def test_the_locked_packages_of_the_image_are_those_of_make_and_flower() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    assert pins("runtime.txt") < pins("fleet.txt") <= pins("dev.txt")
    assert any(pin.startswith("flower==") for pin in pins("fleet.txt"))


def test_what_is_mounted_is_there() -> None:
    mounts = [volume for service in services().values() for volume in service.get("volumes", [])]
    here = [volume.split(":")[0] for volume in mounts if volume.startswith("./")]
    named = {volume.split(":")[0] for volume in mounts if not volume.startswith("./")}
    assert here
    assert [path for path in here if not (FILE.parent / path).is_dir()] == []
    assert named == set(raw()["volumes"])


def test_the_commands_are_the_usual_ones() -> None:
    assert command("worker") == ["celery", "-A", "angarium", "worker", "-l", "info"]
    assert command("live") == ["angarium", "live"]
    assert {name: command(name)[0] for name in OURS if command(name)[0] != "angarium"} == dict.fromkeys(
        ("worker", "beat", "flower"), "celery"
    )


def test_mail_27_every_role_that_sends_or_shows_mailings_is_told_of_the_sender() -> None:
    told = {"SENDER_URL": "https://sender.example.org", "SENDER_TOKEN": "t", "STATS_EMAIL": "numbers@example.org"}
    known = told | dict.fromkeys(required_variables(), "x")
    for name in ("web", "live", "worker", "beat", "relay"):
        given = environment(name, known)
        assert {key: given.get(key) for key in told} == told, name
    assert not set(told) & set(environment("processor", known))
