"""Who gets in on the fast path, what is too much for it, and requests that wait."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from angarium.engine.events.public import stamp
from angarium.engine.identity.public import Person, create_token, revoke_token
from angarium.engine.ledger.public import Claim, Operation, Report, Transition, report, stamp_work
from angarium.engine.live.hints import Relayed
from angarium.modules.operations.api.reports import gate
from angarium.modules.operations.tests.entries import BASE

Make = Callable[..., Claim]
Answer = tuple[int, dict[str, str], dict[str, Any]]


def ask(
    port: int, path: str, body: Any = None, *, token: str = "", method: str = "POST", **headers: str
) -> Answer:  # fmt: skip
    """Status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body).encode(), sent)
        answer = connection.getresponse()
        read = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(read or b"{}")
    finally:
        connection.close()


def place(held: Claim) -> str:
    return f"{BASE}/{held.operation}/transitions"


SAID = {"epoch": 1, "seq": 1}


def test_op_13_reports_need_a_good_token(port: int, claimed: Make) -> None:
    path = place(claimed())
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer ang_wrong"}):
        status, said, problem = ask(port, path, SAID, **headers)
        assert (status, problem["code"], said["www-authenticate"]) == (
            401,
            "not_authenticated",
            'Bearer realm="angarium"',
        )
    assert not Transition.objects.filter(seq=1).exists()


def test_op_13_of_a_service_or_of_staff_with_the_scope(port: int, claimed: Make) -> None:
    path = place(claimed())
    member, staff = (Person.objects.create_user(name, role=name) for name in ("member", "staff"))
    tokens = {
        "a reader's": create_token("reader", ["operations:read", "operations:write"])[1],
        "a member's": create_token("of member", ["*"], person=member)[1],
        "staff's": create_token("of staff", ["operations:*"], person=staff)[1],
    }
    found = {whose: ask(port, path, SAID, token=token) for whose, token in tokens.items()}
    assert {whose: answer[0] for whose, answer in found.items()} == {
        "a reader's": 403,
        "a member's": 403,
        "staff's": 200,
    }
    assert found["a member's"][2]["code"] == "not_a_reporter"


def test_op_13_a_revoked_token_is_refused_within_a_second(port: int, claimed: Make, token: str) -> None:
    path = place(claimed())
    assert ask(port, path, SAID, token=token)[0] == 200
    revoke_token("service")
    revoked = time.monotonic()
    while ask(port, path, SAID, token=token)[0] != 401:
        assert time.monotonic() - revoked < 1.5


def test_every_path_of_the_module_leads_here(port: int, claimed: Make, token: str) -> None:
    held = claimed()
    own = {"Host": "operations.localhost"}
    for seq, (path, headers) in enumerate(
        [
            (place(held), {}),
            (f"{place(held)}/", {}),
            (f"/operations/{held.operation}/transitions", own),
            (f"/api/operations/{held.operation}/transitions/", own),
        ],
        start=1,
    ):
        assert ask(port, path, {"epoch": 1, "seq": seq}, token=token, **headers)[2]["verdict"] == "applied"
    assert ask(port, f"/operations/{held.operation}/transitions", SAID, token=token)[0] == 204  # not ours


def test_what_is_no_report_at_all(port: int, claimed: Make, token: str) -> None:
    path = place(claimed())
    for body in (b"", b"nonsense", b"[]", b'{"epoch": 1, "seq": 1', b'{"message": "\xff"}', b'"\\ud800"'):
        status, _, problem = ask(port, path, body, token=token)
        assert (status, problem["code"]) == (400, "invalid"), body
    for body in ({}, {"transitions": []}, {"transitions": {}}, {"transitions": [1] * 1001}, {"items": []}):
        assert ask(port, f"{BASE}/transitions:batch", body, token=token)[0] == 400, body
    assert ask(port, f"{BASE}/{'0' * 35}-/transitions", SAID, token=token)[0] == 400
    assert ask(port, path, SAID, token=token, Host="evil.example")[2]["field"] == "Host"


def test_more_than_is_taken_is_413(port: int, claimed: Make, token: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = {**SAID, "message": "m" * 1000}
    assert ask(port, place(claimed()), body, token=token)[2]["code"] == "too_large"


def test_an_answer_carries_the_id_of_its_request(port: int, claimed: Make, token: str) -> None:
    path = place(claimed())
    assert ask(port, path, SAID, token=token, X_Request_Id="mine-1")[1]["x-request-id"] == "mine-1"
    _, headers, problem = ask(port, path, {}, token=token, X_Request_Id="<script>")
    assert headers["x-request-id"] == problem["request_id"] != "<script>"


@contextmanager
def nobody_writes(operation: UUID) -> Iterator[None]:
    """Somebody else holds the lock that reports need."""
    with transaction.atomic():
        Operation.objects.select_for_update().get(id=operation)
        yield


@pytest.mark.postgres
def test_op_21_what_cannot_be_held_is_turned_away_and_nothing_of_it_stored(
    port: int, claimed: Make, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MOST_WAITING", 3)
    held = claimed()
    items = [{"operation": str(held.operation), "epoch": 1, "seq": seq} for seq in range(1, 9)]

    def send(item: dict[str, Any]) -> Answer:
        return ask(port, f"{BASE}/transitions:batch", {"transitions": [item]}, token=token)

    with ThreadPoolExecutor(8) as pool:
        with nobody_writes(held.operation):
            sent = [pool.submit(send, item) for item in items]
            turned = 0
            while turned < 3:  # two groups are under way, three reports wait
                turned = sum(one.done() and one.result()[0] == 429 for one in sent)
        answers = [one.result() for one in sent]
    away = [answer for answer in answers if answer[0] == 429]
    assert {(answer[1]["retry-after"], answer[2]["code"]) for answer in away} == {("1", "too_many_reports")}
    assert Transition.objects.filter(operation=held.operation, seq__gt=0).count() == 8 - len(away)
    connection.close()


def waits(port: int, token: str, id: UUID, wait: str) -> tuple[Answer, float]:
    began = time.monotonic()
    path = f"{BASE}/{id}?wait={wait}"
    return ask(port, path, token=token, method="GET"), time.monotonic() - began


def relay() -> None:
    while stamp():
        pass
    while stamp_work().more:
        pass


def test_who_waits_is_answered_when_the_operation_ends(port: int, claimed: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr(Relayed, "here", True)
    token, held = create_token("reader", ["operations:read"])[1], claimed()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(waits, port, token, held.operation, "30s")
        progress = 0
        while not waiting.done():
            progress += 1
            last = {"state": "succeeded"} if progress == 3 else {}
            if progress <= 3:
                report(Report(operation=held.operation, epoch=1, seq=progress, **last))  # type: ignore[arg-type]
                assert progress == 3 or not waiting.done()
            relay()
            threading.Event().wait(0.05)
        answer, seconds = waiting.result()
    assert answer[0] == 204  # whatever answers, is asked then
    assert seconds < 10


def test_who_waits_for_what_does_not_end_is_answered_all_the_same(port: int, claimed: Make) -> None:
    token = create_token("reader", ["operations:read"])[1]
    answer, seconds = waits(port, token, claimed().operation, "1")
    assert answer[0] == 204
    assert 0.9 < seconds < 5


@pytest.mark.parametrize("wait", ["0", "61", "x", ""])
def test_who_waits_for_nothing_does_not_wait(wait: str, port: int, claimed: Make) -> None:
    assert waits(port, create_token("r", ["operations:read"])[1], claimed().operation, wait)[1] < 0.9


def test_who_may_not_see_it_does_not_wait(port: int, claimed: Make) -> None:
    held, member = claimed(), Person.objects.create_user("ann", role="member")
    tokens = ["", "ang_wrong", create_token("of ann", ["*"], person=member)[1]]
    assert all(waits(port, token, held.operation, "9s")[1] < 3 for token in tokens)
