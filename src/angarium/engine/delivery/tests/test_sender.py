"""Calls to a real sender: the local one in every mode, and servers that are none."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from angarium.engine.delivery.channels.sender.answers import Answer, Said
from angarium.engine.delivery.channels.sender.beside import SenderBeside
from angarium.engine.delivery.channels.sender.flights import Call, Landing, flights
from angarium.engine.delivery.channels.sender.local import MODES, LocalSender
from tests.servers.environment import free_port
from tests.servers.http import HttpServer, http_server
from tests.servers.polling import eventually

CALL = Call(7, "79001234567", "Привет", 5.0)


@pytest.fixture
def local(settings: Any) -> Iterator[LocalSender]:
    """A local sender, which calls go to."""
    sender = LocalSender(delay=30)
    beside = SenderBeside(sender)
    settings.SENDER_URL, settings.SENDER_TOKEN, settings.SENDER_TOKEN_FILE = beside.url, "eyJhbGciOi", ""
    yield sender
    beside.stop()


@pytest.fixture
def server(settings: Any) -> Iterator[HttpServer]:
    """A server that keeps what it was asked."""
    with http_server(200, '{"code": 0, "message": "OK"}') as made:
        settings.SENDER_URL, settings.SENDER_TOKEN, settings.SENDER_TOKEN_FILE = f"{made.url}/base/", "eyJhbGciOi", ""
        yield made


def landings(*calls: Call, may_go: Callable[[Call], bool] = lambda _call: True) -> list[Landing]:
    """Launch these and wait for all of them."""
    landed: queue.SimpleQueue[Landing] = queue.SimpleQueue()
    flights().launch(calls, may_go=may_go, landed=landed.put)
    return [landed.get(timeout=20) for _ in calls]


def answer(seconds: float = 5.0) -> Answer:
    [landing] = landings(Call(CALL.number, CALL.phone, CALL.text, seconds))
    assert landing.answer is not None
    assert landing.seconds < seconds + 1
    return landing.answer


@pytest.mark.parametrize(
    ("mode", "said", "sent"),
    [
        ("ok", Said.OK, 1),
        ("slow", Said.TIMEOUT, 0),
        ("500", Said.SERVER_ERROR, 0),
        ("garbage", Said.GARBAGE, 0),
        ("refuse", Said.SERVER_ERROR, 0),
        ("401", Said.UNAUTHORIZED, 0),
        ("400", Said.REFUSED, 0),
        ("429", Said.BUSY, 0),
        ("204", Said.GARBAGE, 0),
        ("empty", Said.GARBAGE, 0),
        ("code", Said.NOT_OK, 0),
        ("drip", Said.TIMEOUT, 0),
        ("huge", Said.GARBAGE, 0),
    ],
)
def test_mail_13_each_mode_of_the_local_sender_means_what_it_says(
    local: LocalSender, mode: str, said: Said, sent: int
) -> None:
    local.set_mode(mode)
    assert answer(0.5 if said is Said.TIMEOUT else 5.0).said is said
    assert (local.calls[7], local.sent[7]) == (1, sent)


def test_every_mode_is_in_the_test_above() -> None:
    [mark] = list(test_mail_13_each_mode_of_the_local_sender_means_what_it_says.pytestmark)  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == set(MODES)


def test_mail_12_a_call_is_what_the_contract_asks_for(server: HttpServer) -> None:
    assert answer().said is Said.OK
    [asked] = server.asked
    assert asked.path == "/base/v1/send/7"
    assert asked.headers["Authorization"] == "Bearer eyJhbGciOi"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in asked.headers
    assert asked.body == b'{"id": 7, "phone": 79001234567, "text": "\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442"}'


def test_mail_12_the_local_sender_keeps_its_side_of_the_contract(local: LocalSender) -> None:
    assert [landing.answer.said for landing in landings(CALL, CALL) if landing.answer] == [Said.OK, Said.OK]
    assert (local.calls[7], local.sent[7]) == (2, 2)


def test_mail_12_a_token_in_a_file_is_read_again_when_it_changes(
    server: HttpServer, settings: Any, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    settings.SENDER_TOKEN_FILE = str(file)
    for secret in ("first\n", "second", "third!"):
        file.write_text(secret)
        os.utime(file, ns=(time.time_ns(), time.time_ns()))
        assert answer().said is Said.OK
    file.unlink()
    answer()
    file.write_bytes(b"\xff\xfe")
    answer()
    said = [asked.headers["Authorization"] for asked in server.asked]
    assert [one.strip() for one in said] == ["Bearer first", "Bearer second", "Bearer third!", "Bearer", "Bearer"]


def test_a_token_of_two_lines_reaches_nobody(server: HttpServer, settings: Any) -> None:
    settings.SENDER_TOKEN = "eyJ\r\nX-Admin: 1"
    assert answer().said is Said.UNREACHABLE
    assert server.asked == []


def test_a_call_that_may_not_go_makes_no_connection(local: LocalSender) -> None:
    asked: list[int] = []

    def may_go(call: Call) -> bool:
        asked.append(call.number)
        return call.number == 8

    done = landings(CALL, Call(8, "79001234568", "x", 5.0), may_go=may_go)
    assert {landing.call.number: landing.answer and landing.answer.said for landing in done} == {7: None, 8: Said.OK}
    assert (asked, dict(local.calls)) == ([7, 8], {8: 1})


def test_without_an_address_the_sender_cannot_be_reached(settings: Any) -> None:
    settings.SENDER_URL = ""
    assert answer() == Answer(Said.UNREACHABLE, "SENDER_URL is not set.")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://sender.invalid", "https://127.0.0.1:{port}"])
def test_mail_15_a_sender_that_is_not_there_cannot_be_reached(settings: Any, url: str) -> None:
    settings.SENDER_URL = url.format(port=free_port())
    assert answer().said is Said.UNREACHABLE


def test_a_server_without_tls_or_with_a_certificate_of_nobody_cannot_be_reached(
    server: HttpServer, settings: Any
) -> None:
    settings.SENDER_URL = server.url.replace("http:", "https:")
    assert answer().said is Said.UNREACHABLE


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


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def saying(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("say", "said"),
    [
        (reset, Said.SERVER_ERROR),
        (lambda _connection: None, Said.SERVER_ERROR),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), Said.GARBAGE),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), Said.GARBAGE),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n{}"), Said.GARBAGE),
        (saying(b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\n{"code": 0}'), Said.OK),
        (dripping, Said.TIMEOUT),
    ],
    ids=["reset", "closed", "no HTTP", "half", "header", "encoding", "drip"],
)
def test_mail_14_whatever_a_server_does_a_call_lands_in_time(
    settings: Any, say: Callable[[socket.socket], None], said: Said
) -> None:
    with talking(say) as settings.SENDER_URL:
        assert answer(0.5).said is said


def test_mail_14_a_slow_call_holds_no_other_one_up(local: LocalSender) -> None:
    local.set_mode("slow")
    slow = [Call(number, "79001234567", "x", 1.5) for number in range(50)]
    landed: queue.SimpleQueue[Landing] = queue.SimpleQueue()
    flights().launch(slow, may_go=lambda _call: True, landed=landed.put)
    eventually(lambda: len(local.calls) == 50)
    local.set_mode("ok")
    assert answer().said is Said.OK
    assert landed.empty()
    assert {landed.get(timeout=5).answer for _ in slow} == {Answer(Said.TIMEOUT, "no answer within 1.5 s")}
    assert local.sent == {7: 1}


def test_the_local_sender_beside_ends_and_refuses_then(settings: Any) -> None:
    asked, unasked = SenderBeside(), SenderBeside()
    settings.SENDER_URL, settings.SENDER_TOKEN = asked.url, "any"
    assert answer().said is Said.OK
    for beside in (asked, unasked):
        beside.stop()
        settings.SENDER_URL = beside.url
        assert answer().said is Said.UNREACHABLE
