"""Numbers of several processes: the folder they share, and the port on which a role without pages tells them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import values

from angarium.engine.observability import exporter, processes
from angarium.engine.observability.public import leave_metrics, serve_metrics


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders are made; what sharing changes in this process is undone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(processes.FOLDER, "")
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    return tmp_path


def test_a_folder_is_made_and_told_to_the_processes_below(place: Path) -> None:
    processes.share()
    (made,) = place.iterdir()
    assert os.environ[processes.FOLDER] == str(made)
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_was_named_is_made_and_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(processes.FOLDER, str(place / "named"))
    processes.share()
    assert (place / "named").is_dir()
    assert os.environ[processes.FOLDER] == str(place / "named")


def test_folders_of_owners_that_were_killed_are_removed_and_no_others(place: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    prefix = f"angarium-metrics-{socket.gethostname()}-"
    names = [
        f"{prefix}{ended.pid}-a",
        f"{prefix}{os.getpid()}-b",
        f"{prefix}1-c",
        f"angarium-metrics-other-{ended.pid}-d",
    ]
    for name in names:
        (place / name).mkdir()
    processes.share()
    assert {path.name for path in place.iterdir()} >= set(names[1:])
    assert not (place / names[0]).exists()


def test_nothing_is_shared_unless_a_port_or_a_folder_is_set(place: Path, settings) -> None:
    assert not processes.is_wanted()
    settings.METRICS_PORT = 9100
    assert processes.is_wanted()


@pytest.fixture
def port(settings) -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        settings.METRICS_PORT, settings.METRICS_HOST = listener.getsockname()[1], "127.0.0.1"
    return settings.METRICS_PORT


def test_a_role_without_pages_tells_its_numbers_on_its_port(port: int) -> None:
    serve_metrics()
    serve_metrics()  # beat inside a worker, for one
    served = exporter._serving[0]
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert b"# HELP" in answer.read()
    finally:
        served.shutdown()
        leave_metrics()
    assert exporter._serving == []


def test_a_port_in_use_leaves_the_work_running(port: int, capsys) -> None:
    with socket.create_server(("127.0.0.1", port)):
        serve_metrics()
    assert exporter._serving == []
    assert "metrics.port_unavailable" in capsys.readouterr().out


def test_without_a_port_none_is_opened(settings) -> None:
    settings.METRICS_PORT = 0
    serve_metrics()
    assert exporter._serving == []


_FORKING = """
import os, threading
from angarium.engine.observability.metrics import counter
many = counter("angarium_test_forks", "Forks.", ["who"])
def count():
    while True:
        many.labels("thread").inc()
threading.Thread(target=count, daemon=True).start()
for _ in range(200):
    child = os.fork()
    if not child:
        many.labels("child").inc()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
os._exit(0)
"""


def test_a_process_forked_off_beside_a_thread_that_counts_can_count(tmp_path: Path) -> None:
    measured = {name for name in os.environ if name.startswith("COV")}  # two hundred reports would tell nothing new
    kept = {name: value for name, value in os.environ.items() if name not in measured}
    environment = {**kept, processes.FOLDER: str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", _FORKING], env=environment, check=False, timeout=60)
    assert ran.returncode == 0
