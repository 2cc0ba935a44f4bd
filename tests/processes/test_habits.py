"""LES-16: the habits of the field work: manage.py, `celery -A angarium …`, settings from a copy of env.example."""

from __future__ import annotations

import re
from pathlib import Path

from tests.processes.instance import Instance, told, wait_told
from tests.servers import redis
from tests.servers.processes import Process, free_port

ROOT = Path(__file__).resolve().parents[2]


def copied_settings(**values: str) -> dict[str, str]:
    """What `cp env.example .env` gives after these lines were uncommented and filled in."""
    text = (ROOT / "env.example").read_text()
    for name, value in values.items():
        text, found = re.subn(rf"^# {name}=.*$", f"{name}={value}", text, count=1, flags=re.MULTILINE)
        assert found, f"env.example does not offer {name}"
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


class Habitual(Instance):
    def manage(self, *words: str, **environment: str) -> Process:
        return self.start("manage.py", *words, program="python", **environment)


def succeeds(process: Process) -> str:
    with process:
        assert process.wait(within=60) == 0, process.output
        process.whole()
        return process.output


def test_les_16_migrate_createsuperuser_runserver_worker_and_beat() -> None:
    broker = redis.new_server()
    habitual = Habitual()
    habitual.environment = copied_settings(
        ANGARIUM_HOME=str(habitual.home), CELERY_BROKER_URL=broker.url, REDIS_URL=broker.url, DEBUG="1"
    )
    assert "Applying lessons.0001" in succeeds(habitual.manage("migrate"))
    succeeds(
        habitual.manage(
            "createsuperuser",
            "--noinput",
            DJANGO_SUPERUSER_USERNAME="root",
            DJANGO_SUPERUSER_EMAIL="root@example.org",
            DJANGO_SUPERUSER_PASSWORD="long-enough-secret",
        )
    )
    assert habitual.rows("select username, role from identity_person") == [("root", "admin")]
    habitual.plant()
    port = free_port()
    habitual.url = f"http://127.0.0.1:{port}"
    with (
        habitual.manage("runserver", str(port), "--noreload") as web,
        habitual.start("-A", "angarium", "worker", "-l", "info", "-c", "1", program="celery") as worker,
        habitual.start("-A", "angarium", "beat", "-l", "info", program="celery") as beat,
    ):
        worker.wait_for(r"celery@\S+ ready")
        web.wait_for("Starting development server")
        habitual.create_lesson("Алгебра")
        wait_told(worker, "Алгебра")
        assert told(web.output, "Алгебра") == 0
        beat.wait_for("beat: Starting")
        page = habitual.ask("GET", "/admin/login/", headers={"Authorization": "", "Accept": "text/html"})
        assert page.status == 200
        assert worker.terminate(within=20) == 0
        assert beat.terminate(within=20) == 0
        assert ("tasks.prune",) in habitual.rows("select task from tasks_schedule")
    broker.stop()
