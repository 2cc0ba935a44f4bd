"""`angarium sender`: the external sender as a process of its own, as scripts and people use it; and the one inside of
`angarium up`."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.processes.instance import Instance, eventually
from tests.servers.environment import free_port
from tests.servers.processes import Process

CALL = {"id": 7, "phone": 79001234567, "text": "Привет"}
BEARER = {"Authorization": "Bearer any"}


class Running:
    """A sender that runs, and what one asks it."""

    def __init__(self, process: Process, port: int) -> None:
        self.process, self.port = process, port

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            data = body if isinstance(body, str) else None if body is None else json.dumps(body)
            connection.request(method, path, data and data.encode(), {**BEARER, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def send(self, id: int = 7, **headers: str) -> tuple[int, str]:
        return self.ask("POST", f"/v1/send/{id}", {**CALL, "id": id}, **headers)


@pytest.fixture(scope="module")
def running(module_home: Instance) -> Iterator[Running]:
    port = free_port()
    with module_home.start("sender", "--port", str(port), "--mode", "ok", "--delay", "0.2") as process:
        process.wait_for(rf"^sender: listening on http://127\.0\.0\.1:{port}$")
        yield Running(process, port)
        assert process.terminate(within=5) == 0
        process.whole()
        assert "Traceback" not in process.output


@pytest.fixture(scope="module")
def module_home() -> Instance:
    return Instance()


@pytest.fixture(autouse=True)
def _ok(request: pytest.FixtureRequest) -> None:
    if "running" in request.fixturenames:
        request.getfixturevalue("running").ask("POST", "/_mode", {"mode": "ok"})


def test_mail_12_it_keeps_the_contract_and_counts(running: Running) -> None:
    assert running.send(7) == (200, '{"code": 0, "message": "OK"}')
    running.send(7)
    running.send(8)
    assert running.ask("POST", "/v1/send/9", CALL)[0] == 400, "the id of the path is another one"
    assert running.ask("POST", "/v1/send/9", {**CALL, "id": 9, "phone": "79001234567"})[0] == 400
    assert running.ask("POST", "/v1/send/9", "no JSON")[0] == 400
    assert running.ask("POST", "/v1/send/nine", CALL)[0] == 400
    assert running.send(9, Authorization="Basic any")[0] == 401
    assert json.loads(running.ask("GET", "/_calls")[1]) == {"7": 2, "8": 1, "9": 4}
    assert json.loads(running.ask("GET", "/_sent")[1]) == {"7": 2, "8": 1}


@pytest.mark.parametrize(
    ("mode", "status", "body"),
    [
        ("ok", 200, '{"code": 0'),
        ("slow", 200, '{"code": 0'),
        ("500", 500, ""),
        ("garbage", 200, "<html>"),
        ("401", 401, '{"code": 401'),
        ("400", 400, '{"code": 400'),
        ("429", 429, '{"code": 429'),
        ("204", 204, ""),
        ("empty", 200, "{}"),
        ("code", 200, '{"code": 1'),
        ("huge", 200, '{"code": 0'),
    ],
)
def test_it_answers_as_it_is_told(running: Running, mode: str, status: int, body: str) -> None:
    assert running.ask("POST", "/_mode", {"mode": mode}) == (200, json.dumps({"mode": mode}))
    found = running.send()
    assert (found[0], found[1].startswith(body)) == (status, True)


def test_it_refuses_to_answer_and_comes_back(running: Running) -> None:
    assert running.ask("POST", "/_mode", "refuse")[0] == 200
    with pytest.raises((http.client.HTTPException, OSError)):
        running.send()
    assert running.ask("POST", "/_mode", '"ok"')[0] == 200
    assert running.send()[0] == 200


@pytest.mark.parametrize("body", ["", "sideways", '{"mode": "sideways"}', "{}", "[]", "7", '{"mode": null}'])
def test_a_mode_that_there_is_not_is_refused_and_changes_nothing(running: Running, body: str) -> None:
    status, text = running.ask("POST", "/_mode", body)
    assert status == 400
    assert "known are ok, slow, 500, garbage, refuse, 401" in json.loads(text)["message"]
    assert running.send()[0] == 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--mode", "sideways"), "invalid choice: 'sideways'"),
        (("--port", "70000"), "Port 70000 of 127.0.0.1 cannot be had"),
        (("--port", "{taken}"), "cannot be had: "),
    ],
)
def test_what_it_cannot_do_is_a_sentence(
    running: Running, module_home: Instance, words: tuple[str, ...], sentence: str
) -> None:
    with module_home.start("sender", *(word.format(taken=running.port) for word in words)) as process:
        assert process.wait(within=20) not in (0, None)
        process.whole()
        assert sentence in process.output
        assert "Traceback" not in process.output


def test_mail_06_without_an_address_angarium_up_sends_to_a_sender_of_its_own(instance: Instance) -> None:
    client = {"phone": "79001234567", "tag": "", "timezone": "UTC"}
    moment = datetime.now(UTC)
    mailer = {
        "start": (moment - timedelta(minutes=1)).isoformat(),
        "finish": (moment + timedelta(minutes=5)).isoformat(),
        "content": "Скидка",
    }
    with instance.up() as process:
        url = process.wait_for(r"sender\.local .*url=(http://127\.0\.0\.1:\d+)")[1]
        assert instance.ask("POST", "/api/mailings/client/", client).status == 201
        made = instance.ask("POST", "/api/mailings/mailer/", mailer)
        assert made.status == 201, made.text
        eventually(lambda: instance.rows("select state from mailings_message") == [("sent",)], process)
        [(id,)] = instance.rows("select id from mailings_message")
        calls = Running(process, int(re.findall(r"\d+", url)[-1])).ask("GET", "/_calls")
        assert json.loads(calls[1]) == {str(id): 1}
        process.terminate(within=5)


def test_a_sender_that_is_named_is_the_one_that_is_asked(instance: Instance, running: Running) -> None:
    with instance.up(SENDER_URL=f"http://127.0.0.1:{running.port}/", SENDER_TOKEN="any") as process:
        assert "sender.local" not in process.output
        process.terminate(within=5)
