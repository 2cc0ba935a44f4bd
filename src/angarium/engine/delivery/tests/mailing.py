"""The servers that channels talk to, set up for a test; of the channel `email` one for each form of EMAIL_URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from angarium.engine.delivery.channels.sender.beside import SenderBeside
from angarium.engine.delivery.endpoints import Endpoint, _kinds, endpoints
from angarium.engine.delivery.public import NEVER_QUIET, Recipient
from tests.servers.http import http_server
from tests.servers.smtp import smtp_server

MAILGUN_ANSWER = '{"id": "<20260701.1@mg.example.org>", "message": "Queued. Thank you."}'


def use_smtp(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND = "angarium.engine.delivery.channels.mail.smtp.Smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


def use_mailgun(settings: Any, url: str) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_SENDER_DOMAIN": "mg.example.org",
        "MAILGUN_API_URL": f"{url}/v3",
        "REQUESTS_TIMEOUT": settings.EMAIL_TIMEOUT,
    }


@contextmanager
def smtp(settings: Any, tmp_path: Path) -> Iterator[None]:
    with smtp_server() as server:
        use_smtp(settings, server.port)
        yield


@contextmanager
def mailgun(settings: Any, tmp_path: Path) -> Iterator[None]:
    with http_server(200, MAILGUN_ANSWER) as server:
        use_mailgun(settings, server.url)
        yield


@contextmanager
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.EMAIL_BACKEND = "angarium.engine.delivery.channels.mail.folder.LetterFolder"
    settings.LETTERS = tmp_path / "letters"
    yield


@contextmanager
def console(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    yield


@contextmanager
def local_sender(settings: Any, tmp_path: Path) -> Iterator[None]:
    beside = SenderBeside()
    settings.SENDER_URL, settings.SENDER_TOKEN = beside.url, "any"
    yield
    beside.stop()


FORMS: dict[str, Callable[..., Any]] = {"smtp": smtp, "mailgun": mailgun, "folder": folder, "console": console}


#: An endpoint of the tests, and what it signs with.
HOOK = Recipient(kind="tests.hook", id="h1", address="http://127.0.0.1", quiet=NEVER_QUIET)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@contextmanager
def receiving(
    endpoint: Endpoint | None, gone: Callable[[str, str], None] = lambda id, because: None, *, kind: str = HOOK.kind
) -> Iterator[None]:
    """Messages to recipients of this kind go to this endpoint."""
    before = dict(_kinds)
    endpoints(kind, find=lambda id: endpoint, gone=gone)
    yield
    _kinds.clear()
    _kinds.update(before)


@contextmanager
def receiver(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Somebody who takes every webhook, of the students of the conformance suite as well."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with http_server() as server, receiving(Endpoint(server.url, (SECRET,)), kind="student"):
        yield
