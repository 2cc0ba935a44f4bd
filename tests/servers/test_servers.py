"""The servers of the tests are themselves tested: fresh, apart, and gone with whoever started them."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest
import redis as client

from tests.servers import postgres, redis
from tests.servers.environment import HOME, run_folder
from tests.servers.processes import Process, clean_environment


def test_a_new_database_is_empty_and_its_own() -> None:
    first, second = postgres.new_database(), postgres.new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(second) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_a_redis_server_can_fall_silent_and_come_back() -> None:
    server = redis.new_server()
    with client.Redis.from_url(server.url, socket_timeout=0.2, retry=None) as connection:
        connection.set("kept", "1")
        server.pause()
        with pytest.raises(client.TimeoutError):
            connection.get("kept")
        server.resume()
        assert connection.get("kept") == b"1"


def test_a_redis_server_that_was_stopped_refuses_and_comes_back_empty() -> None:
    server = redis.new_server()
    with client.Redis.from_url(server.url, retry=None) as connection:
        connection.set("lost", "1")
        server.stop()
        with pytest.raises(client.ConnectionError):
            connection.ping()
        server.start()
        assert connection.get("lost") is None


def test_a_process_is_read_while_it_runs_and_stopped() -> None:
    script = "import signal; print('привет', 7, flush=True); signal.pause()"
    with Process("-c", script, program="python") as process:
        assert process.wait_for(r"привет (\d)")[1] == "7"
        assert process.terminate() == -signal.SIGTERM


def test_a_process_that_ends_early_fails_with_what_it_said() -> None:
    with Process("-c", "print('no luck')", program="python") as process, pytest.raises(AssertionError, match="no luck"):
        process.wait_for("ready")


def test_the_caller_s_settings_do_not_reach_a_process() -> None:
    os.environ["MODULES"] = "nothing"
    try:
        assert "MODULES" not in clean_environment()
        assert clean_environment({"MODULES": "lessons"})["MODULES"] == "lessons"
    finally:
        del os.environ["MODULES"]


def test_a_server_ends_with_the_run_that_was_killed() -> None:
    """The script says where its server is and waits; SIGKILL leaves it no chance to stop anything."""
    script = (
        "from tests.servers import postgres; server = postgres.server();print(server.process.pid, flush=True); input()"
    )
    folder = run_folder()
    environment = {**clean_environment({HOME: str(folder)}), "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop(postgres.SOCKET, None)
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        server = os.pidfd_open(int(run.stdout.readline()))
        run.kill()
    assert _ended(server, within=10)
    shutil.rmtree(folder)


def _ended(handle: int, within: float) -> bool:
    """A process's handle becomes readable when it ends."""
    ready, _, _ = select.select([handle], [], [], within)
    os.close(handle)
    return bool(ready)


@pytest.mark.browser
def test_the_browser_shows_a_page(page: object) -> None:
    page.set_content("<h1>Расписание</h1>")  # type: ignore[attr-defined]
    assert page.inner_text("h1") == "Расписание"  # type: ignore[attr-defined]
