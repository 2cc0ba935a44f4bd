"""Settings are read once, at the start, and what does not fit is one sentence that says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from angarium.config.cli import loopback
from angarium.config.modules import MODULES, selected
from angarium.config.settings import pages

_READ = """
import json, sys, django
from django.conf import settings
django.setup()
names = ("CELERY_BROKER_URL", "DATABASES", "ALLOWED_HOSTS", "DEBUG", "LEASE_SECONDS", "SECRET_KEY", "ANGARIUM_OPEN",
         "LANGUAGE_CODE", "CELERY_TASK_ACKS_LATE", "CELERY_TASK_IGNORE_RESULT")
answer = {name: getattr(settings, name) for name in names}
answer["modules"] = list(settings.ANGARIUM_MODULES)
answer["loads_redis"] = "redis" in sys.modules
print(json.dumps(answer, default=str))
"""


def read(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", _READ],
        env={
            **kept,
            "DJANGO_SETTINGS_MODULE": "angarium.config.settings",
            "ANGARIUM_HOME": str(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_les_17_the_names_of_the_field_are_honoured(tmp_path: Path) -> None:
    done = read(
        tmp_path,
        CELERY_BROKER_URL="redis://127.0.0.1:6390/3",
        DATABASE_URL="postgres://me:secret@db.example:5433/angarium",
        ALLOWED_HOSTS="lessons.example, .example.org",
        DEBUG="yes",
        MODULES="lessons",
        LEASE_SECONDS="12",
        LANGUAGE="ru",
    )
    values = json.loads(done.stdout.splitlines()[-1])
    assert values["CELERY_BROKER_URL"] == "redis://127.0.0.1:6390/3"
    assert values["ALLOWED_HOSTS"] == ["lessons.example", ".example.org"]
    assert values["DEBUG"] is True
    assert values["modules"] == ["lessons"]
    assert values["LEASE_SECONDS"] == 12
    assert values["LANGUAGE_CODE"] == "ru"
    database = values["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "angarium")
    assert values["CELERY_TASK_ACKS_LATE"] is values["CELERY_TASK_IGNORE_RESULT"] is True
    assert values["ANGARIUM_OPEN"] is False


def test_without_settings_it_is_sqlite_memory_and_a_kept_secret(tmp_path: Path) -> None:
    first, second = (json.loads(read(tmp_path / "new").stdout.splitlines()[-1]) for _ in range(2))
    assert first["CELERY_BROKER_URL"].startswith("memory:")
    assert first["DATABASES"]["default"]["NAME"] == str(tmp_path / "new" / "angarium.sqlite3")
    assert first["modules"] == list(MODULES)
    assert first["DEBUG"] is first["loads_redis"] is False  # it would be a tenth of the start, and nobody asks for it
    assert first["LANGUAGE_CODE"] == "en"
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    key = tmp_path / "new" / "secret-key"
    assert key.read_text() == first["SECRET_KEY"]
    assert key.stat().st_mode & 0o077 == 0
    assert [path.name for path in key.parent.iterdir() if path.name.startswith(".secret")] == []


def test_a_secret_key_of_which_nothing_was_written_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    assert len(json.loads(read(tmp_path).stdout.splitlines()[-1])["SECRET_KEY"]) >= 50


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"CELERY_RESULT_BACKEND": "redis://localhost"}, "CELERY_RESULT_BACKEND is set, but"),
        ({"CELERY_TASK_ALWAYS_EAGER": "1"}, "CELERY_TASK_ALWAYS_EAGER is set, but"),
        ({"DATABASE_URL": "oracle://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://me@db/x"}, "DATABASE_URL names neither PostgreSQL nor SQLite"),
        ({"DATABASE_URL": "postgres://me@db:port/x"}, "DATABASE_URL is not understood"),
        ({"MODULES": "lessons,lesons"}, "MODULES names lesons; known are lessons"),
        ({"LEASE_SECONDS": "soon"}, "LEASE_SECONDS='soon' is not a whole number"),
        ({"LEASE_SECONDS": "1"}, "LEASE_SECONDS=1 is out of range"),
        ({"DEBUG": "maybe"}, "DEBUG='maybe' is neither yes nor no"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL='LOUD' is not known"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT='xml' is not known"),
        ({"LANGUAGE": "Russian"}, "LANGUAGE='Russian' is not spoken here. Write en or ru."),
        ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE='Mars/Olympus' is not an IANA time zone"),
        ({"EMAIL_URL": "pigeon://loft"}, "EMAIL_URL names no way to send letters"),
        ({"QUIET_HOURS": "by night"}, "QUIET_HOURS='by night' is no window of the day"),
        ({"SENDER_URL": "sender.example"}, "SENDER_URL is no address"),
        ({"SENDER_TIMEOUT": "61"}, "SENDER_TIMEOUT=61 is too long. Set it to 60 seconds at most."),
        ({"SENDER_TIMEOUT": "0"}, "SENDER_TIMEOUT='0' is not a number from 0.1 on"),
        ({"WEBHOOK_ALLOWED_NETWORKS": "10.0.0.1/8"}, "WEBHOOK_ALLOWED_NETWORKS has '10.0.0.1/8', which is no network."),
        ({"PROJECTS_NOTIFY": "a@example.org, anna"}, "PROJECTS_NOTIFY has 'anna', which is no address."),
        ({"PUBLIC_URL": "work.example.org"}, "PUBLIC_URL='work.example.org' is no address. Write one such as https://"),
        ({"STATS_EMAIL": "anna"}, "STATS_EMAIL='anna' is no address. Write one such as anna@example.org."),
        ({"ANGARIUM_HOME": "/proc/nowhere"}, "The secret key /proc/nowhere/secret-key cannot be"),
    ],
)
def test_les_17_what_does_not_fit_is_refused_with_a_sentence(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    done = read(tmp_path, **environment)
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"), ("ru", "ru"), ("RU", "ru"), ("en-GB", "en"), ("ru_RU.UTF-8", "ru"),
        ("de_DE:de:ru:en", "ru"), ("de_DE:de", "en"), ("en_US:en", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_first_of_ours_that_the_environment_names(text: str, language: str) -> None:
    assert pages._known_language(text or "en") == language


def test_modules_are_chosen_by_name() -> None:
    assert list(selected([])) == list(MODULES)
    assert list(selected(["operations"])) == ["operations"]
    with pytest.raises(ValueError, match="MODULES names x, y; known are"):
        selected(["y", "x"])


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_only_loopback_is_loopback(host: str, answer: bool) -> None:
    assert loopback(host) is answer
