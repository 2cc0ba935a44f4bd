"""What the log of a running instance says of mailings: everything by number, and nothing that is private."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.processes.instance import Instance
from tests.servers.polling import eventually
from tests.servers.processes import Process
from tests.servers.sender import sender

TOKEN, TEXT = "eyJhbGciOiJ.a-token-of-ours", "Личное: код 4711"
PHONES = ("79001110001", "79001110002", "79001110003")
#: What becomes of each message, by its place, at each call.
ANSWERS = (["ok"], ["500", "ok"], ["400"])


@dataclass
class Run:
    """What was done, and the output of the process that did it."""

    instance: Instance
    process: Process
    clients: list[int] = field(default_factory=list)
    mailer: int = 0
    messages: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = self.instance.ask(method, f"/api/mailings{path}", body)
        assert answer.status == status, answer
        return answer.json if answer.text else None

    def lines(self, **fields: object) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.process.output.splitlines() if line.startswith("{")]
        return [line for line in found if fields.items() <= line.items()]

    def grep(self, what: str) -> list[dict[str, Any]]:
        """As one would: `grep '"message_id": 7\\b'`."""
        return [json.loads(line) for line in self.process.output.splitlines() if re.search(rf"{what}\b", line)]

    def counts(self) -> dict[str, int]:
        return dict(next(row for row in self.ask("GET", "/message/stat/?deleted=true") if row["mailer"] == self.mailer))


def mailing(**changes: Any) -> dict[str, Any]:
    moment = datetime.now(UTC)
    times = {"start": moment - timedelta(minutes=1), "finish": moment + timedelta(hours=1)}
    return {"content": TEXT, **{name: at.isoformat() for name, at in times.items()}, **changes}


@pytest.fixture(scope="module")
def run(seeded: Instance) -> Iterator[Run]:
    """Three clients, a mailing to them, then everything is deleted."""
    with sender(lambda id, time: ANSWERS[(id - 1) % 3][min(time, 2) - 1]) as local:
        instance = seeded.copy()
        with instance.up(LOG_FORMAT="json", SENDER_URL=local.url, SENDER_TOKEN=TOKEN) as process:
            made = Run(instance, process)
            made.clients = [made.ask("POST", "/client/", {"phone": phone}, 201)["id"] for phone in PHONES]
            made.ask("POST", "/client/", {"phone": PHONES[0]}, 400)
            made.ask("POST", "/client/", {"phone": f"{PHONES[0]}0"}, 400)
            assert len(made.ask("GET", f"/client/?phone={PHONES[0]}")) == 1
            made.mailer = made.ask("POST", "/mailer/", mailing(), 201)["id"]
            eventually(lambda: made.counts()["sent"] == 2, within=30, what=made.counts)
            eventually(lambda: made.counts()["failed"] == 1, within=30, what=made.counts)
            made.messages = [row["id"] for row in made.ask("GET", f"/message/?mailer={made.mailer}")]
            made.ask("GET", f"/message/{made.messages[1]}/")
            made.ask("DELETE", f"/mailer/{made.mailer}/", status=204)
            later = mailing(start=(datetime.now(UTC) + timedelta(minutes=30)).isoformat())
            waiting = made.ask("POST", "/mailer/", later, 201)["id"]
            eventually(lambda: len(made.ask("GET", f"/message/?mailer={waiting}")) == 3, within=30)
            made.ask("DELETE", f"/client/{made.clients[0]}/", status=204)
            made.ask("DELETE", f"/mailer/{waiting}/", status=204)
            eventually(lambda: len(made.lines(event="mailings.moved")) == 3, within=30)
            yield made


def test_mail_24_each_result_is_one_line_with_its_numbers_outcome_and_duration(run: Run) -> None:
    told = [
        (line["message_id"], line["client_id"], line["attempt"], line["outcome"], line["reason"], line["status"])
        for line in run.lines(event="mailings.result", mailer_id=run.mailer)
    ]
    (first, second, third), (ann, boris, clara) = run.messages, run.clients
    assert sorted(told) == [
        (first, ann, 1, "sent", None, 200),
        (second, boris, 1, "queued", "server_error", 500),
        (second, boris, 2, "sent", None, 200),
        (third, clara, 1, "failed", "refused", 400),
    ]
    for line in run.lines(event="mailings.result"):
        assert 0 < line["seconds"] < 10
        assert line["timestamp"].startswith("20")


def test_mail_25_a_message_is_followed_by_its_number(run: Run) -> None:
    found = run.grep(f'"message_id": {run.messages[1]}')
    assert [line["event"] for line in found] == [
        "mailings.taken",
        "mailings.result",
        "mailings.taken",
        "mailings.result",
        "request",
    ]
    assert {(line["mailer_id"], line["client_id"]) for line in found[:4]} == {(run.mailer, run.clients[1])}
    assert (found[-1]["method"], found[-1]["status"]) == ("GET", 200)


def test_mail_25_a_mailing_and_a_client_are_followed_by_theirs(run: Run) -> None:
    of_mailer = run.grep(f'"mailer_id": {run.mailer}')
    asked = [(line["method"], line["status"]) for line in of_mailer if line["event"] == "request"]
    assert asked == [("POST", 201), ("DELETE", 204)]
    assert {line.get("task") for line in of_mailer} >= {"mailings.plan_mailing", "mailings.send_mailing"}
    of_client = run.grep(f'"client_id": {run.clients[0]}')
    asked = [(line["method"], line["status"]) for line in of_client if line["event"] == "request"]
    assert asked == [("POST", 201), ("DELETE", 204)]
    assert {line["message_id"] for line in of_client if "message_id" in line} >= {run.messages[0]}


def test_mail_25_what_was_deleted_says_how_it_ended(run: Run) -> None:
    ended = [(line["client_id"], line["outcome"], line["reason"]) for line in run.lines(event="mailings.moved")]
    ann, boris, clara = run.clients
    assert sorted(ended) == [
        (ann, "cancelled", "client_deleted"),
        (boris, "cancelled", "mailer_deleted"),
        (clara, "cancelled", "mailer_deleted"),
    ]


def test_mail_25_no_phone_token_or_text_is_in_any_line(run: Run) -> None:
    output = run.process.output
    for phone in PHONES:
        assert phone not in output
    assert f"{PHONES[0][:4]}***{PHONES[0][-4:]}" in output
    assert TOKEN not in output
    assert TEXT not in output
    assert "4711" not in output
