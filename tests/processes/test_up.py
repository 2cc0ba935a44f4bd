"""`angarium up`: one process that does everything, and says in a sentence when it cannot."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes.instance import Instance, told, wait_told
from tests.servers.processes import Process, clean_environment

#: The long form: `make prove`.
LONG = bool(os.environ.get("PROVE"))


def sentence(process: Process) -> str:
    """The last line of a process that did not start."""
    with process:
        assert process.wait(within=20) not in (0, None)
        process.whole()
        assert "Traceback" not in process.output
        return process.output.strip().splitlines()[-1]


def say(measured: str) -> None:
    sys.stdout.write(f"{measured}\n")


def resident_megabytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def test_a_new_instance_has_demo_accounts_and_keeps_its_data() -> None:
    fresh = Instance(environment={"DEMO": "1"})
    started = time.monotonic()
    with fresh.up() as process:
        seconds = time.monotonic() - started
        assert fresh.ask("GET", "/health/live").status == 200
        assert fresh.ask("GET", "/health/ready").status == 200
        accounts = {name for (name,) in fresh.rows("select username from identity_person")}
        assert accounts >= {"demo", "user"}
        lessons = fresh.rows("select count(*) from lessons_lesson")
        process.wait_for("Уведомление отправлено студенту 7 по уроку Алгебра$")
        process.wait_for("task=console.audit state=succeeded")
        say(f"new instance ready in {seconds:.1f} s, {resident_megabytes(process.pid)} MB resident")
        assert resident_megabytes(process.pid) < 250
        stopped = time.monotonic()
        process.interrupt(within=5)
        assert time.monotonic() - stopped < 5
    key = (fresh.home / "secret-key").read_text()
    started = time.monotonic()
    with fresh.up() as process:
        say(f"old instance ready in {time.monotonic() - started:.1f} s")
        assert fresh.rows("select count(*) from lessons_lesson") == lessons
        assert {name for (name,) in fresh.rows("select username from identity_person")} == accounts
        assert (fresh.home / "secret-key").read_text() == key
        process.terminate(within=5)
    assert "demo accounts with known passwords" in sentence(fresh.start("up", HOST="0.0.0.0", DEMO="0"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM] if LONG else [signal.SIGTERM])
def test_a_signal_ends_it_within_five_seconds_and_nothing_accepted_is_lost(
    instance: Instance, number: signal.Signals
) -> None:
    titles = [f"Урок {n}" for n in range(5)]
    with instance.up() as process:
        for title in titles:
            instance.create_lesson(title)
        stopped = time.monotonic()
        process.popen.send_signal(number)
        assert process.wait(within=5) == 0
        assert time.monotonic() - stopped < 5
        process.whole()
        first = process.output
    assert "Traceback" not in first
    with instance.up() as process:
        for title in titles:
            if not told(first, title):
                wait_told(process, title)
        assert all(told(first, title) + told(process.output, title) == 1 for title in titles)


def test_a_port_in_use_is_one_sentence(instance: Instance) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert sentence(instance.start("up", PORT=str(port))) == (
            f"angarium: Port {port} is in use. Stop what uses it, or set PORT to another one."
        )


def test_demo_data_is_refused_where_others_can_reach_it(instance: Instance) -> None:
    assert "Demo accounts are refused on 0.0.0.0" in sentence(instance.start("up", HOST="0.0.0.0", DEMO="1"))


def test_without_demo_it_says_how_to_make_the_first_administrator(instance: Instance) -> None:
    with instance.up() as process:
        assert "Make the first administrator: " in process.output
        assert instance.rows("select count(*) from identity_person") == [(0,)]
        without_token = Instance(url=instance.url)
        assert without_token.ask("GET", "/api/lessons/lessons/", headers={"Authorization": ""}).status == 401


def test_an_older_database_is_migrated(instance: Instance) -> None:
    instance.run("migrate", "delivery", "zero", "-v0")
    assert instance.rows("select name from sqlite_master where name = 'delivery_delivery'") == []
    with instance.up() as process:
        instance.create_lesson("После обновления")
        wait_told(process, "После обновления")


@pytest.mark.parametrize("bytes_left", [0, 200_000] if LONG else [200_000])
def test_a_full_disk_is_one_sentence(bytes_left: int) -> None:
    fresh = Instance()
    limited = subprocess.run(
        [Path(sys.executable).with_name("angarium"), "up"],
        env=clean_environment(fresh.environment, measured=False),  # coverage writes files too
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert limited.returncode not in (0, None)
    assert "Traceback" not in limited.stdout + limited.stderr
    assert "Free some space" in limited.stderr.strip().splitlines()[-1]
    with fresh.up():  # and when there is room again, it starts
        assert fresh.ask("GET", "/health/ready").status == 200


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("PORT", "eighty", "PORT='eighty' is not a whole number"),
        ("PORT", "70000", "PORT=70000 is out of range"),
        ("HOST", "192.0.2.1", "Cannot listen on 192.0.2.1"),
        ("MODULES", "lesons", "MODULES names lesons"),
        ("CELERY_TASK_ALWAYS_EAGER", "1", "CELERY_TASK_ALWAYS_EAGER is set, but"),
        ("CELERY_RESULT_BACKEND", "rpc://", "CELERY_RESULT_BACKEND is set, but"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(instance: Instance, name: str, value: str, part: str) -> None:
    assert part in sentence(instance.start("up", **{name: value}))
