"""What people who know Django and Celery type without reading, as processes of their own and without any server: the
web and the worker share one file, the broker is in the worker's memory."""

from __future__ import annotations

import json
import re
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from django.core.management import call_command

from tests.servers.processes import Process, free_port

Environment = dict[str, str]
ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A new instance with one file for its database and a broker in the worker's memory."""
    return {"ANGARIUM_HOME": str(tmp_path)}


def manage(*words: str, environment: Environment, **more: str) -> tuple[int, str]:
    """Exit status and output of `python manage.py …`."""
    with Process("manage.py", *words, program="python", environment=environment | more) as process:
        return process.wait(within=60), process.output


@pytest.mark.django_db
def test_les_01_the_migrations_are_complete() -> None:
    call_command("makemigrations", "lessons", check_changes=True, dry_run=True, verbosity=0)


class Browser:
    """Cookies and a token, over HTTP."""

    def __init__(self, port: int, token: str = "") -> None:
        self.address, self.token, self.cookies = f"http://localhost:{port}", token, CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def __call__(self, path: str, data: bytes | None = None, **headers: str) -> str:
        request = Request(self.address + path, data, {"Referer": self.address, **headers})
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with self.opener.open(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(
            self(path, json.dumps(body).encode(), **{"Content-Type": "application/json"})
        )
        return shown


@pytest.mark.processes
def test_les_16_the_usual_commands_need_no_server(environment: Environment) -> None:
    secret = "a long enough one"
    made = {"DJANGO_SUPERUSER_USERNAME": "root", "DJANGO_SUPERUSER_PASSWORD": secret}
    for words in (["migrate"], ["createsuperuser", "--noinput"]):
        status, output = manage(*words, environment=environment | made)
        assert status == 0, output
    status, printed = manage("token", "create", "habits", "--scope", "*", environment=environment)
    assert status == 0, printed
    port = free_port()
    with (
        Process("manage.py", "runserver", str(port), "--noreload", program="python", environment=environment) as web,
        Process("-A", "angarium", "worker", "-l", "info", program="celery", environment=environment) as worker,
    ):
        web.wait_for(r"Quit the server", within=60)
        student = _a_lesson_for(Browser(port, re.findall(r"ang_\S+", printed)[0]))
        worker.wait_for(rf"^Уведомление отправлено студенту {student} по уроку Алгебра$", within=60)
        assert "/admin/lessons/lesson/" in _signed_in(Browser(port), "root", secret)("/admin/")


def _a_lesson_for(api: Browser) -> int:
    """Enter a lesson; the id of its student."""
    person = {"name": "А", "email": "a@example.org"}
    student, teacher = (int(api.post(f"/api/lessons/{who}/", **person)["id"]) for who in ("students", "teachers"))
    times = {"starts_at": "2030-03-04T12:00:00Z", "timezone": "UTC", "duration_minutes": 60}
    api.post("/api/lessons/lessons/", title="Алгебра", student_id=student, teacher_id=teacher, **times)
    return student


def _signed_in(browser: Browser, username: str, password: str) -> Browser:
    page = browser("/admin/login/?next=/admin/")
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    sent = {"csrfmiddlewaretoken": token, "username": username, "password": password, "next": "/admin/"}
    browser("/admin/login/?next=/admin/", urlencode(sent).encode())
    return browser


def test_les_16_the_usual_files_are_there() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line.strip() and not line.startswith("#")]
    assert "-e ." in wanted
    assert all("==" in line or line == "-e ." for line in wanted)
    assert {"django", "celery"} <= {line.partition("==")[0] for line in wanted}
    assert (ROOT / "env.example").is_file()
    assert (ROOT / "manage.py").is_file()


SHOWN = (
    "from django.conf import settings as s; from angarium.celery import app; "
    "print([s.DEBUG, s.ALLOWED_HOSTS, s.CELERY_BROKER_URL, app.conf.broker_url, app.conf.task_always_eager])"
)


@pytest.mark.processes
def test_les_17_the_usual_names_of_settings_are_heard(environment: Environment) -> None:
    named = {"DEBUG": "1", "ALLOWED_HOSTS": "a.example,b.example", "CELERY_BROKER_URL": "redis://localhost:1/3"}
    status, output = manage("shell", "--no-imports", "-c", SHOWN, environment=environment | named)
    broker = named["CELERY_BROKER_URL"]
    assert (status, output.splitlines()[-1]) == (
        0,
        str([True, ["a.example", "b.example"], broker, broker, False]),
    )


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "value", "because"),
    [
        ("CELERY_RESULT_BACKEND", "redis://localhost/1", "keeps every outcome in its ledger"),
        ("CELERY_TASK_ALWAYS_EAGER", "True", "never runs work inside the request"),
    ],
)
def test_les_17_what_would_undo_the_promise_is_refused_at_start(
    environment: Environment, name: str, value: str, because: str
) -> None:
    status, output = manage("check", environment=environment | {name: value})
    assert status != 0
    assert because in output
    assert name in output
    assert "Traceback" not in output
