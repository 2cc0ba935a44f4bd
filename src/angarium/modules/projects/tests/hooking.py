"""Webhooks for tests: a receiver on a loopback port, and what it got."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from angarium.engine.tasks.testing import working
from tests.servers.http import HttpServer, http_server
from tests.servers.webhooks import verified


def allow_loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]


@contextmanager
def receiver() -> Iterator[HttpServer]:
    """Somebody who takes every message, while a worker and a relay run here."""
    with http_server() as server, working():
        yield server


def got(server: HttpServer, secret: str) -> list[dict[str, Any]]:
    """The payloads that came, each verified."""
    return [verified(asked, secret) for asked in server.asked]
