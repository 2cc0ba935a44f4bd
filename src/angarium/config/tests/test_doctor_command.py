"""`angarium doctor` as people and programs run it: what it prints, how it exits, and that it waits for nobody."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as client

from angarium.config.doctor.asker import Asker, NoAnswer
from angarium.config.doctor.check import PAGE, check_of, checks
from angarium.config.doctor.page import doctor_page
from tests.deployment import fleet as deployed
from tests.processes.fleet import Fleet
from tests.processes.instance import Instance
from tests.servers import postgres
from tests.servers.environment import free_port, new_folder
from tests.servers.polling import eventually

pytestmark = pytest.mark.processes
KEY = "0123456789abcdef" * 4
SOUND = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
long_form = pytest.mark.skipif(not os.environ.get("PROVE"), reason="needs long: the long form looks at it")
NOBODY = ["ANG060", "ANG061", "ANG062"]
MIGRATE = "from django.core.management import call_command; call_command('migrate', verbosity=0)"


@pytest.fixture(scope="module")
def migrated() -> Instance:
    """An instance on SQLite that nobody runs; copied, never started."""
    made = Instance()
    made.run("migrate", "--verbosity", "0")
    return made


@pytest.fixture
def instance(migrated: Instance) -> Instance:
    return migrated.copy()


def looked(instance: Instance, *words: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of `angarium doctor --json`."""
    with instance.start("doctor", "--json", *words, **environment) as process:
        code = process.wait(within=60)
        process.whole()
        assert "Traceback" not in process.output
        answer = json.loads(process.output[process.output.index("{") :])
        assert answer["exit_code"] == code
        return code, answer


def codes(answer: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in answer["findings"]]


def doctored(**changes: Any) -> dict[str, str]:
    """Environment of a process whose settings say this; a test of the source's own is on its path."""
    return {
        "DJANGO_SETTINGS_MODULE": "angarium.config.tests.doctored",
        "DOCTORED": json.dumps(changes),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


@contextmanager
def silent() -> Iterator[int]:
    """A port that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_op_b8_what_is_wrong_is_told_with_what_to_do_and_where_more_is_said(instance: Instance) -> None:
    with instance.start("doctor", LEASE_SECONDS="2", SECRET_KEY=KEY) as process:
        assert process.wait() == 1
        process.whole()
        assert (
            "ANG011   warning: LEASE_SECONDS is 2: a worker has 0.7 s for each renewal.\n"
            "         Set LEASE_SECONDS to 3 or more; 30 is the default.\n"
            "         docs/reference/doctor.md#ang011\n"
        ) in process.output
        assert re.search(r"^4 things found; \d+ checks made\.$", process.output, re.MULTILINE)


def test_for_programs_it_is_json_and_nothing_else(instance: Instance) -> None:
    code, answer = looked(instance, "--skip", "ang061", "--skip", "ANG062")
    assert code == 1
    assert answer["findings"] == [
        {
            "code": "ANG060",
            "severity": "error",
            "title": "No worker is there",
            "wrong": "No worker has said for half a minute that it is there.",
            "remedy": check_of("ANG060").remedy,
            "link": "docs/reference/doctor.md#ang060",
            "looked": True,
        }
    ]
    assert {"ANG001", "ANG014", "ANG041", "ANG065"} <= set(answer["looked"])
    assert not {"ANG021", "ANG031", "ANG050", "ANG061"} & set(answer["looked"])


def test_a_check_that_is_not_there_cannot_be_skipped(instance: Instance) -> None:
    with instance.start("doctor", "--skip", "ANG999") as process:
        assert process.wait() == 1
        process.wait_for(r"There is no check ANG999")


def test_what_django_silences_is_silent_here_too(instance: Instance) -> None:
    code, answer = looked(instance, **doctored(SILENCED_SYSTEM_CHECKS=NOBODY))
    assert (code, answer["findings"]) == (0, [])


def test_op_b8_the_same_codes_are_django_s(instance: Instance) -> None:
    wrong = doctored(CELERY_TASK_ALWAYS_EAGER=True, CELERY_TASK_ACKS_LATE=False, SILENCED_SYSTEM_CHECKS=["ANG004"])
    with instance.start("check", **wrong) as process:
        assert process.wait() == 1
        process.wait_for(r"\(ANG008\) CELERY_TASK_ALWAYS_EAGER is set\.\n\s+HINT: Unset .*#ang008")
        assert "ANG004" not in process.output
    assert codes(looked(instance, **wrong)[1]) == ["ANG008", *NOBODY]


def test_ang012_a_machine_without_time_zones(instance: Instance, tmp_path: Path) -> None:
    """There is UTC, as in the smallest images, and no more."""
    from importlib.resources import files

    (tmp_path / "UTC").write_bytes(files("tzdata.zoneinfo").joinpath("UTC").read_bytes())
    _, answer = looked(instance, **doctored(without=["tzdata"]), PYTHONTZPATH=str(tmp_path))
    assert codes(answer) == ["ANG012", *NOBODY]
    assert "Europe/Moscow" in answer["findings"][0]["wrong"]


def test_ang014_a_disk_without_room(instance: Instance) -> None:
    """Where the kernel shows its processes there is room for nothing."""
    elsewhere = f"sqlite:///{instance.home / 'angarium.sqlite3'}"
    _, answer = looked(instance, ANGARIUM_HOME="/proc", SECRET_KEY=KEY, DATABASE_URL=elsewhere)
    assert codes(answer) == ["ANG014", *NOBODY]
    assert answer["findings"][0]["wrong"] == "0 of 0 MiB are free where ANGARIUM_HOME is (/proc)."


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_ang015_settings_that_are_refused_are_told_in_its_own_form(instance: Instance, words: tuple[str, ...]) -> None:
    with instance.start("doctor", *words, CELERY_RESULT_BACKEND="redis://localhost") as process:
        assert process.wait() == 2
        process.whole()
        assert "Traceback" not in process.output
        if words:
            assert codes(json.loads(process.output)) == ["ANG015"]
        else:
            assert process.output.startswith("ANG015   error: CELERY_RESULT_BACKEND is set, but")


def test_ang040_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    fresh = Instance(home=tmp_path / "new")
    code, answer = looked(fresh)
    assert (code, codes(answer)) == (2, ["ANG040"])
    assert not (fresh.home / "angarium.sqlite3").exists()


@pytest.mark.parametrize("scheme", ["postgres", "redis", "amqp"])
@pytest.mark.parametrize("how", ["refusing", pytest.param("silent", marks=long_form)])
def test_a_server_that_is_away_is_one_finding_and_nobody_waits_for_it(
    instance: Instance, scheme: str, how: str
) -> None:
    variable, code = {
        "postgres": ("DATABASE_URL", "ANG040"), "redis": ("CELERY_BROKER_URL", "ANG020"),
        "amqp": ("CELERY_BROKER_URL", "ANG030"),
    }[scheme]  # fmt: skip
    with silent() as listening:
        url = f"{scheme}://me:sesame@127.0.0.1:{listening if how == 'silent' else free_port()}/x"
        began = time.monotonic()
        told = {variable: url.replace("/x", "/0") if scheme == "redis" else url}
        exit_code, answer = looked(instance, "--skip", "ANG013", **told)
        seconds = time.monotonic() - began
    assert (exit_code, [found for found in codes(answer) if found not in NOBODY]) == (2, [code])
    finding = answer["findings"][0]
    assert (finding["code"], finding["looked"], finding["severity"]) == (code, False, "error")
    assert "sesame" not in json.dumps(answer)
    assert seconds < 20


def test_a_question_is_not_waited_for_longer_than_agreed() -> None:
    asker, never = Asker(0.05), threading.Event()
    assert asker.ask(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        asker.ask(lambda: 7 // 0)
    with pytest.raises(NoAnswer, match=r"no answer within 0\.05 s"):
        asker.ask(never.wait)
    never.set()


@long_form
@pytest.mark.postgres
def test_ang041_tables_of_an_older_release_are_one_finding() -> None:
    with postgres.alone(**SOUND) as url:
        instance = Instance(environment={"DATABASE_URL": url, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"})
        code, answer = looked(instance, "--skip", "ANG020")
        assert (code, codes(answer)) == (1, ["ANG041"])
        assert re.match(r"\d+ migrations are not applied, \w+\.0001_\w+ first\.", answer["findings"][0]["wrong"])


@long_form
@pytest.mark.postgres
def test_ang090_what_it_may_not_read_is_said_and_the_rest_is_looked_at() -> None:
    """A table that somebody holds locked: the question ends by itself, and the next ones are asked."""
    with postgres.alone(**SOUND) as url:
        instance = Instance(environment={"DATABASE_URL": url})
        instance.run("shell", "-c", MIGRATE)
        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE identity_person IN ACCESS EXCLUSIVE MODE")
            code, answer = looked(instance, ALLOWED_HOSTS="school.example")
    assert (code, codes(answer)) == (2, ["ANG013", *NOBODY, "ANG090"])
    assert answer["findings"][-1]["wrong"].startswith("ANG065 (Demo accounts can be reached by others) could not look:")
    assert "ANG064" in answer["looked"]


def test_the_one_process_of_make_up_is_well(instance: Instance) -> None:
    with instance.up(DEMO="1"):
        eventually(lambda: instance.rows("select 1 from tasks_process") != [], within=10)
        with instance.start("doctor") as process:
            assert process.wait() == 0, process.output
            process.wait_for(r"^Nothing found; \d+ checks made\.$")


class SoundFleet(Fleet):
    """Its servers keep what they are told."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self.database = self.environment["DATABASE_URL"] = database
        with client.Redis.from_url(self.broker.url) as connection:
            connection.config_set("appendonly", "yes")


@long_form
@pytest.mark.postgres
def test_a_fleet_on_redis_is_well_until_somebody_ends_its_worker() -> None:
    with postgres.alone(**SOUND) as url:
        running = SoundFleet(url)
        try:
            running.begin()
            running.create_lesson("Алгебра")
            eventually(lambda: len(running.rows("select 1 from tasks_process where left_at is null")) >= 4, within=20)
            code, answer = looked(running)
            assert (code, answer["findings"]) == (0, [])
            assert {"ANG001", "ANG021", "ANG053", "ANG058", "ANG064"} <= set(answer["looked"])
            running.worker.terminate()
            assert codes(looked(running)[1]) == ["ANG060"]
            running.broker.pause()
            assert codes(looked(running)[1]) == ["ANG020", "ANG060"]
            running.broker.resume()
        finally:
            running.end()


@long_form
@pytest.mark.postgres
def test_a_fleet_on_rabbitmq_is_well() -> None:
    home = str(new_folder("fleet-"))
    with postgres.alone(**SOUND) as url:
        told = {"DATABASE_URL": url, "SECRET_KEY": KEY, "ANGARIUM_HOME": home}
        with deployed.fleet("web", "live", "worker", "beat", "relay", **told) as running:
            instance = Instance(environment=running.environment)
            eventually(lambda: looked(instance)[0] == 0, within=60, what=lambda: looked(instance))
            assert {"ANG002", "ANG031", "ANG034", "ANG035", "ANG050"} <= set(looked(instance)[1]["looked"])


def test_every_code_has_its_place_on_the_page() -> None:
    page = doctor_page()
    assert len(checks()) >= 30
    for check in checks():
        assert re.fullmatch(r"ANG\d{3}", check.code)
        assert check.link == f"{PAGE}#{check.code.lower()}"
        assert page.count(f"\n## {check.code}\n") == 1
        for text in (check.title + ".", check.why, check.remedy):
            assert re.search(r"[.)…]$", text), text


def test_every_code_is_provoked_by_a_test() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_doctor_*.py"))
    missing = [one.code for one in checks() if one.code.lower() not in tests and f'"{one.code}"' not in tests]
    assert missing == []
