"""The channel `webhook` against receivers over real sockets: signatures, what each answer means, and its limits."""

from __future__ import annotations

import ipaddress
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    Message,
    PermanentFailure,
    ProviderAway,
    Recipient,
    TemporaryFailure,
    UnknownOutcome,
)
from angarium.engine.delivery.channels import channel_named
from angarium.engine.delivery.channels.calling.address import Target
from angarium.engine.delivery.channels.calling.exchange import posted
from angarium.engine.delivery.channels.calling.signature import key_of, secret_of, signed
from angarium.engine.delivery.endpoints import Endpoint
from angarium.engine.delivery.public import new_seed, secret_from
from angarium.engine.delivery.tests import mailing
from tests.servers.environment import free_port, unavailable
from tests.servers.http import HttpServer, http_server
from tests.servers.smtp import DROP, SILENT
from tests.servers.webhooks import verified

ID = UUID("01900000-0000-7000-8000-000000000001")
BODY = json.dumps({"type": "task.created", "timestamp": "2030-03-04T12:00:00Z", "data": {"title": "Макет"}})
MESSAGE = Message(id=ID, to=mailing.HOOK, subject="", body=BODY)


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    settings.WEBHOOK_TIMEOUT = 1


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as server, mailing.receiving(Endpoint(f"{server.url}/hooks?a=b", (mailing.SECRET,))):
        yield server


def deliver() -> DeliveryFailure | None:
    try:
        channel_named("webhook").deliver(MESSAGE)
    except DeliveryFailure as failure:
        return failure
    return None


def test_a_receiver_can_verify_what_it_gets(server: HttpServer) -> None:
    receipt = channel_named("webhook").deliver(MESSAGE)
    [asked] = server.asked
    assert verified(asked, mailing.SECRET) == json.loads(BODY)
    assert (asked.path, asked.body.decode(), receipt.answer) == ("/hooks?a=b", BODY, "200 {}")
    assert asked.headers["webhook-id"] == str(ID)
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Host"] == server.url.removeprefix("http://")
    with pytest.raises(AssertionError, match="another secret"):
        verified(asked, secret_of(b"somebody else's, as it seems"))


def test_the_example_of_the_specification_comes_out() -> None:
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_make_two_signatures_and_either_verifies(server: HttpServer) -> None:
    newer = secret_of(b"a newer key of 32 bytes, as such")
    with mailing.receiving(Endpoint(server.url, (newer, mailing.SECRET))):
        channel_named("webhook").deliver(MESSAGE)
    [asked] = server.asked
    assert verified(asked, newer) == verified(asked, mailing.SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_nothing_goes_out_with_a_secret_that_is_none(server: HttpServer, secret: str) -> None:
    with mailing.receiving(Endpoint(server.url, (secret,) if secret else ())):
        failure = deliver()
    assert isinstance(failure, PermanentFailure)
    assert server.asked == []
    assert not secret.strip("whsec_") or secret not in failure.message


def test_a_secret_is_made_anew_of_its_seed_as_long_as_the_key_is_known(settings: Any) -> None:
    seed = new_seed()
    secret = secret_from(seed)
    assert len(key_of(secret)) == 32
    assert secret != secret_from(new_seed())
    assert (secret in seed, len(seed)) == (False, 49)
    settings.SECRET_KEY, before = "another", settings.SECRET_KEY
    assert secret_from(seed) == ""
    settings.SECRET_KEY_FALLBACKS = [before]
    assert secret_from(seed) == secret


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, type(None)),
        (204, type(None)),
        (299, type(None)),
        (301, PermanentFailure),
        (302, PermanentFailure),
        (304, PermanentFailure),
        (307, PermanentFailure),
        (400, TemporaryFailure),
        (401, TemporaryFailure),
        (404, TemporaryFailure),
        (408, TemporaryFailure),
        (409, TemporaryFailure),
        (410, PermanentFailure),
        (413, PermanentFailure),
        (429, ProviderAway),
        (500, TemporaryFailure),
        (501, TemporaryFailure),
        (502, ProviderAway),
        (503, ProviderAway),
        (504, ProviderAway),
        (SILENT, UnknownOutcome),
        (DROP, UnknownOutcome),
    ],
)
def test_each_answer_of_a_receiver_means_one_thing(server: HttpServer, status: int | str, kind: type) -> None:
    server.status, server.body = status, "what it says"
    server.headers = {"Location": f"{server.url}/elsewhere"}
    failure = deliver()
    assert type(failure) is kind
    assert len(server.asked) == 1, "a redirect was followed"
    if failure and status not in {SILENT, DROP}:
        assert failure.answer.startswith(str(status))


def test_a_receiver_that_is_gone_is_switched_off(server: HttpServer) -> None:
    server.status = 410
    gone: list[tuple[str, str]] = []
    with mailing.receiving(Endpoint(server.url, (mailing.SECRET,)), lambda id, because: gone.append((id, because))):
        deliver()
    assert gone == [(mailing.HOOK.id, "Its receiver answered that it wants no more (410).")]


def test_a_receiver_says_for_how_long_it_is_busy(server: HttpServer) -> None:
    server.status, server.headers = 503, {"Retry-After": "120"}
    failure = deliver()
    assert isinstance(failure, ProviderAway)
    assert failure.wait == timedelta(seconds=120)


@pytest.mark.parametrize("endpoint", [None, Endpoint("https://example.org", (mailing.SECRET,), off="Switched off.")])
def test_an_endpoint_that_is_gone_or_off_is_not_called(endpoint: Endpoint | None) -> None:
    with mailing.receiving(endpoint):
        assert isinstance(deliver(), PermanentFailure)


def test_a_worker_that_does_not_know_the_module_leaves_it_to_another() -> None:
    assert type(deliver()) is TemporaryFailure


def test_a_private_address_is_refused_whatever_name_it_has(server: HttpServer, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    for host in ("127.0.0.1", "localhost", "2130706433"):
        with mailing.receiving(Endpoint(server.url.replace("127.0.0.1", host), (mailing.SECRET,))):
            assert isinstance(deliver(), PermanentFailure)
    assert server.asked == []


def test_the_address_that_was_looked_at_is_the_one_that_is_called(server: HttpServer) -> None:
    """A name that leads elsewhere when it is asked for again is not asked for again."""
    looked_up: list[str] = []

    def rebinding(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    port = int(server.url.rpartition(":")[2])
    answer = posted(Target("http", "hooks.example.test", port, "/"), b"{}", {}, within=1, resolve=rebinding)
    [asked] = server.asked
    assert (answer.status, asked.headers["Host"], looked_up) == (
        200,
        f"hooks.example.test:{port}",
        ["hooks.example.test"],
    )


def test_an_address_that_lets_nobody_in_is_passed_over(server: HttpServer) -> None:
    def both(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.8.8.8", "127.0.0.1")]

    target = Target("http", "hooks.example.test", int(server.url.rpartition(":")[2]), "/")
    assert posted(target, b"{}", {}, within=1, resolve=both).status == 200


def test_no_proxy_is_asked(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert deliver() is None
    assert (len(server.asked), proxy.asked) == (1, [])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_is_not_there_is_away(scheme: str) -> None:
    with mailing.receiving(Endpoint(f"{scheme}://127.0.0.1:{free_port()}", (mailing.SECRET,))):
        assert type(deliver()) is ProviderAway


def test_a_host_that_speaks_no_tls_is_away(server: HttpServer) -> None:
    with mailing.receiving(Endpoint(server.url.replace("http:", "https:"), (mailing.SECRET,))):
        assert type(deliver()) is ProviderAway


@contextmanager
def talking(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads what comes first and then says this; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.recv(65536)
                        say(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def dripping(connection: socket.socket) -> None:
    """A byte of a header every tenth of a second, for as long as anybody listens."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        threading.Event().wait(0.1)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def saying(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        (dripping, UnknownOutcome),
        (endless, type(None)),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), UnknownOutcome),
        (saying(b""), UnknownOutcome),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), UnknownOutcome),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000), UnknownOutcome),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"), type(None)),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense"), type(None)),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 204 No Content\r\n\r\n"), type(None)),
    ],
)
def test_a_receiver_that_never_ends_or_talks_nonsense_holds_nobody_up(
    say: Callable[[socket.socket], None], kind: type
) -> None:
    started = time.monotonic()
    with talking(say) as url, mailing.receiving(Endpoint(url, (mailing.SECRET,))):
        assert type(deliver()) is kind
    assert time.monotonic() - started < 3


def test_tls_is_by_the_name_and_with_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("openssl") is None:
        unavailable("openssl makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hooks.test"
    names = ("-addext", "subjectAltName=DNS:hooks.test", "-keyout", str(key), "-out", str(certificate))
    subprocess.run([*made.split(), *names], check=True, capture_output=True)
    with http_server() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        port = int(server.url.rpartition(":")[2])

        def loopback(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        def ask(host: str) -> int:
            return posted(Target("https", host, port, "/"), b"{}", {}, within=2, resolve=loopback).status

        with pytest.raises(ProviderAway, match="certificate verify failed"):
            ask("hooks.test")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ask("hooks.test") == 200
        with pytest.raises(ProviderAway, match=r"not valid for 'elsewhere\.test'"):
            ask("elsewhere.test")


def test_each_host_has_a_provider_of_its_own_of_a_bounded_name() -> None:
    channel: Any = channel_named("webhook")

    def provider(address: str) -> str:
        return channel.provider_for(Recipient(kind="k", id="1", address=address))

    assert provider("https://a.example") == "webhook https://a.example"
    long = [provider(f"https://{'x' * 200}.example:{port}") for port in (1, 2)]
    assert [len(name) for name in long] == [50, 50]
    assert len(set(long)) == 2
