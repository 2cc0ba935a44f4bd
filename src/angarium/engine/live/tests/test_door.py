"""Who comes in, and who does not: identity, origin, how often, and what the address may hold."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed

from angarium.engine.identity.public import Person
from angarium.engine.live import socket as live_socket
from angarium.engine.live.closing import SAYS, Close
from angarium.engine.live.tests.client import EVERYTHING, Listener, Stream, refused
from tests.architecture.tree import ROOT

Listen = Callable[..., Listener]
Make = Callable[..., Any]


def cookie_of(person: Person) -> dict[str, str]:
    browser = Client()
    browser.force_login(person)
    return {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}


def test_a_cookie_is_enough_for_a_page_of_ones_own(port: int, listen: Listen, person: Make) -> None:
    ann, _ = person()
    listener = listen(headers={**cookie_of(ann), "Origin": f"http://127.0.0.1:{port}"})
    assert listener.welcome["topics"] == EVERYTHING


def test_a_page_of_another_origin_is_refused_whatever_cookie_it_has(port: int, person: Make) -> None:
    cookie = cookie_of(person()[0])
    for origin in ("https://evil.example", "http://127.0.0.1:1", f"http://sub.localhost:{port}", "null", "nonsense"):
        status, problem = refused(port, {**cookie, "Origin": origin})
        assert (status, problem["code"]) == (403, "other_origin"), origin


def test_an_origin_that_the_settings_trust_is_let_in(listen: Listen, person: Make, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://pages.example.org"]
    assert listen(headers={**cookie_of(person()[0]), "Origin": "https://pages.example.org"}).silent()


def test_a_token_never_stands_in_an_address(port: int, token: str) -> None:
    for name in ("token", "access_token"):
        status, problem = refused(port, path=f"/ws/notifications/?{name}={token}")
        assert (status, problem["code"], problem["field"]) == (400, "token_in_address", "token")
    stream = Stream(port, path=f"/events/?token={token}")
    assert stream.answer.status == 400
    stream.close()


def test_a_token_in_the_header_or_in_the_first_message_will_do(listen: Listen, token: str) -> None:
    assert listen(headers={"Authorization": f"Bearer {token}"}).silent()
    assert listen(token=token).silent()


def test_who_does_not_say_who_they_are_is_let_go(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_socket, "TIME_TO_SAY_WHO", 0.2)
    assert listen(wait=False).closed() == Close.WHO_ARE_YOU


def test_a_first_message_that_says_nothing_of_who_they_are_ends_it(listen: Listen) -> None:
    for first in ({"token": "ang_wrong"}, {"token": 7}, {"type": "subscribe", "topics": ["*"]}, {"type": "ping"}):
        assert listen(hello=first, wait=False).closed() == Close.WHO_ARE_YOU, first


def test_a_second_token_is_not_heard(listen: Listen, token: str) -> None:
    listener = listen(token=token)
    listener.say(type="hello", token=token)
    assert listener.next("error")["field"] == "token"
    assert listener.silent()


def test_in_the_open_form_nobody_is_the_account_user(
    listen: Listen, person: Make, settings: Any, lesson: Make, token: str
) -> None:
    settings.ANGARIUM_OPEN = True
    person("user", "member")
    nobody = listen()
    made = lesson()
    assert nobody.frames(1)[0]["topic"] == f"lesson:{made.id}", "all lessons, as on the literal routes"
    somebody = listen(wait=False)
    assert somebody.next("welcome")["topics"]
    somebody.say(token=token)
    assert somebody.next("welcome")["topics"] == EVERYTHING


def test_too_many_attempts_from_one_address_wait(port: int, listen: Listen, token: str, settings: Any) -> None:
    settings.LIVE_ATTEMPTS = 3
    for _ in range(3):
        assert listen(token=token).silent()
    status, problem = refused(port)
    assert (status, problem["code"]) == (429, "too_often")
    stream = Stream(port)
    assert (stream.answer.status, stream.answer.getheader("Retry-After")) == (429, "20")
    stream.close()


UNFIT = {
    "topics=" + ",".join(f"lesson:{number}" for number in range(101)): "topics",
    "topics=" + "x" * 200: "topics",
    "topics=%00": "topics",
    "colour=red": "colour",
    "generation=g&events=1": None,
    "generation=g&events=-1&work=1": None,
    "generation=g&events=99999999999999999999&work=1": None,
    "topics=%ff%fe": None,
    "&".join(f"topics={number}" for number in range(50)): None,
}


def test_a_query_that_does_not_fit_is_refused_with_a_sentence(port: int) -> None:
    for query, field in UNFIT.items():
        status, problem = refused(port, path=f"/ws/notifications/?{query}")
        assert (status, problem["field"]) == (400, field), query
        assert problem["detail"].endswith(".")


def test_a_host_that_is_not_ours_is_refused(port: int) -> None:
    assert refused(port, {"Host": "evil.example"})[0] == 400


def test_another_address_is_nothing(port: int) -> None:
    assert refused(port, path="/ws/other/") == (404, None)


RUDE = (
    "not JSON",
    "[]",
    '{"type": "fly"}',
    '{"type": "subscribe", "topics": "lesson:7"}',
    '{"type": "resume"}',
    '{"type": "resume", "positions": {"events": "x"}}',
    "[" * 5000,
)


def test_what_is_not_understood_harms_nobody(listen: Listen, token: str, lesson: Make) -> None:
    other = listen(token=token)
    for rude in RUDE:
        listener = listen(token=token)
        for _ in range(9):
            listener.socket.send(rude)
            assert listener.next("error")["message"].endswith("."), rude
        listener.say(type="ping")
        assert listener.next("pong"), "one that is understood is a new beginning"
        for _ in range(10):
            listener.socket.send(rude)
        assert listener.closed() == Close.NOT_UNDERSTOOD, rude
    lesson()
    assert other.frames(1)


def test_binary_is_not_understood_at_all(listen: Listen, token: str) -> None:
    listener = listen(token=token)
    listener.socket.send(b"\x00\xff\xfe")
    assert listener.closed() == Close.NOT_UNDERSTOOD


def test_a_megabyte_is_too_big(listen: Listen, token: str) -> None:
    listener = listen(token=token)
    with suppress(ConnectionClosed):
        listener.socket.send("x" * 1_000_000)
    assert listener.closed() == Close.TOO_BIG


def test_who_says_too_much_is_let_go(listen: Listen, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_socket, "MOST_A_MINUTE", 5)
    listener = listen(token=token)
    for _ in range(5):
        listener.say(type="ping")
    assert listener.closed() == Close.TOO_OFTEN


def test_half_a_handshake_is_left_alone(port: int, listen: Listen, token: str) -> None:
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"GET /ws/notifications/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websoc")
        assert listen(token=token).silent()


def test_the_documented_codes_are_those_that_are_sent() -> None:
    table = (ROOT / "docs" / "reference" / "live.md").read_text()
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith(("| 1", "| 4"))]
    assert {int(code): name.strip() for code, name in rows} == {int(code): name for code, name in SAYS.items()}
