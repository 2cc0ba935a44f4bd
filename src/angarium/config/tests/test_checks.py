"""What the settings say together."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.config.checks import one_process_or_a_broker, open_on_loopback_only

SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql"}}


@pytest.mark.parametrize(
    ("databases", "broker", "ids"),
    [
        (SQLITE, "memory://localhost/", []),
        (POSTGRES, "redis://localhost/0", []),
        (POSTGRES, "memory://localhost/", ["angarium.config.W001"]),
    ],
)
def test_a_database_server_wants_a_broker(settings: Any, databases: Any, broker: str, ids: list[str]) -> None:
    settings.DATABASES, settings.CELERY_BROKER_URL = databases, broker
    assert [problem.id for problem in one_process_or_a_broker(None)] == ids


@pytest.mark.parametrize(
    ("is_open", "hosts", "ids"),
    [
        (True, ["localhost", ".localhost", "127.0.0.1", "[::1]"], []),
        (False, ["example.org"], []),
        (True, ["localhost", "example.org"], ["angarium.config.E001"]),
        (True, ["*"], ["angarium.config.E001"]),
    ],
)
def test_the_open_form_is_for_loopback(settings: Any, is_open: bool, hosts: list[str], ids: list[str]) -> None:
    settings.ANGARIUM_OPEN, settings.ALLOWED_HOSTS = is_open, hosts
    assert [problem.id for problem in open_on_loopback_only(None)] == ids
