"""Bad input to the running server: 4xx problem+json with a code, nothing written, never a 5xx."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.instance import LESSON, NOT_A_TIMER, Answer, Instance, eventually, start
from tests.servers.processes import Process

#: How long requests are generated.
SECONDS = "40" if os.environ.get("PROVE") else "15"

LESSONS = "/api/lessons/lessons/"


@pytest.fixture
def unwritten(process: tuple[Instance, Process]) -> Iterator[Instance]:
    """What the test does leaves no row."""
    instance, running = process
    asked_for = "ledger_operation where coalesce(unique_key, '') not like '%slot:%'"  # a minute may begin meanwhile
    tables = ("lessons_lesson", "lessons_student", "lessons_teacher", "events_event", asked_for)
    # what was entered before is told first
    eventually(lambda: instance.rows(NOT_A_TIMER) == [(0,)], running)
    before = [instance.rows(f"select count(*) from {table}") for table in tables]
    yield instance
    assert [instance.rows(f"select count(*) from {table}") for table in tables] == before


def refused(answer: Answer, *statuses: int) -> dict[str, Any]:
    assert answer.status in (statuses or (400, 422)), answer
    assert answer.headers.get("content-type", "").startswith("application/problem+json"), answer
    problem = answer.json
    assert isinstance(problem["code"], str)
    assert problem["code"]
    assert problem.get("detail") or problem.get("title")
    return dict(problem)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"title": NaN}',
        b'{"title": "a", "title": "b"',
        b"[" * 100_000,
        b'{"duration_minutes": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_not_the_json_of_a_lesson_is_refused(unwritten: Instance, raw: bytes) -> None:
    refused(unwritten.ask("POST", LESSONS, raw=raw), 400, 415, 422)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 256),
        ("title", "a\x00b"),
        ("title", "a\nb"),
        ("title", "a\x1b[2J"),
        ("title", 7),
        ("title", None),
        ("title", ["a"]),
        ("title", {"a": 1}),
        ("title", "\ud800"),
        ("student_id", "seven"),
        ("student_id", 0),
        ("student_id", -1),
        ("student_id", 999_999),
        ("student_id", 2**63),
        ("student_id", 10**30),
        ("student_id", 1.5),
        ("student_id", True),
        ("teacher_id", None),
        ("starts_at", "tomorrow"),
        ("starts_at", "2030-02-30T10:00:00Z"),
        ("starts_at", "2030-01-01T25:00:00Z"),
        ("starts_at", "0001-01-01T00:00:00Z"),
        ("starts_at", "9999-12-31T23:59:59-14:00"),
        ("starts_at", 1893456000),
        ("starts_at", ""),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", "a\x00b"),
        ("timezone", ""),
        ("timezone", 3),
        ("duration_minutes", 0),
        ("duration_minutes", -5),
        ("duration_minutes", 100_000),
        ("duration_minutes", 2**70),
        ("duration_minutes", "long"),
        ("duration_minutes", 1.5),
    ],
)
def test_les_01_a_wrong_value_is_refused_with_the_name_of_its_field(
    unwritten: Instance, name: str, value: object
) -> None:
    answer = unwritten.ask("POST", LESSONS, {"title": "Урок", **LESSON, name: value})
    problem = refused(answer, 400, 404, 409, 422)
    assert name in json.dumps(problem)


@pytest.mark.parametrize(
    ("local", "zone"), [("2030-03-31T02:30:00", "Europe/Berlin"), ("2030-10-27T02:30:00", "Europe/Berlin")]
)
def test_a_time_that_the_zone_skips_or_repeats_is_refused(unwritten: Instance, local: str, zone: str) -> None:
    body = {"title": "Урок", **LESSON, "starts_at": local, "timezone": zone}
    assert "starts_at" in json.dumps(refused(unwritten.ask("POST", LESSONS, body)))


def test_a_body_of_ten_megabytes_is_refused(unwritten: Instance) -> None:
    refused(unwritten.ask("POST", LESSONS, raw=b'{"title": "' + b"a" * 10_000_000 + b'"}'), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense", ""])
def test_a_body_of_another_kind_is_refused(unwritten: Instance, kind: str) -> None:
    refused(unwritten.ask("POST", LESSONS, {"title": "Урок", **LESSON}, headers={"Content-Type": kind}), 400, 415)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("id", ["0", "999999", str(2**63), "9" * 40, "abc", "%00", "-1", "1.5", "..%2f"])
def test_an_unknown_id_is_not_found(unwritten: Instance, method: str, id: str) -> None:
    refused(unwritten.ask(method, f"{LESSONS}{id}", {} if method == "PATCH" else None), 404)


@pytest.mark.parametrize("id", ["0", "01a1fc2e-87b4-7002-9603-8da50a69be6f", "%00", "x" * 500])
def test_an_unknown_operation_is_not_found(unwritten: Instance, id: str) -> None:
    refused(unwritten.ask("GET", f"/api/operations/operations/{id}"), 400, 404)


@pytest.mark.parametrize(
    "query",
    ["limit=-1", "limit=x", "limit=9999999999999999999999", "cursor=%00", "cursor=x", "cursor=" + "a" * 3000,
     "status=none", "student_id=x", "student_id=" + "9" * 40],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_no_error_of_ours(unwritten: Instance, query: str) -> None:
    for path in (LESSONS, "/api/lessons/students/", "/api/operations/operations/"):
        answer = unwritten.ask("GET", f"{path}?{query}")
        assert answer.status < 500, (path, answer)
        if answer.status >= 400:
            refused(answer)


def test_an_illegal_move_names_the_legal_ones(serving: Instance) -> None:
    id, _ = serving.create_lesson("Ходы")
    problem = refused(serving.ask("POST", f"{LESSONS}{id}/reopening"), 409)
    assert "allowed" in json.dumps(problem)
    assert serving.ask("POST", f"{LESSONS}{id}/cancellation", {"because": "болезнь"}).status in (200, 201)
    refused(serving.ask("POST", f"{LESSONS}{id}/completion"), 409)


def test_a_key_that_is_replayed_answers_the_same_and_with_another_body_is_refused(serving: Instance) -> None:
    key = {"Idempotency-Key": "01a1fc2e-once"}
    body = {"title": "Однажды", **LESSON, **start(5000)}
    first, again = (serving.ask("POST", LESSONS, body, headers=key) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.json["id"] == again.json["id"]
    refused(serving.ask("POST", LESSONS, {**body, "title": "Дважды"}, headers=key), 409, 422)
    for wrong in ("", "a" * 5000):
        assert serving.ask("POST", LESSONS, {**body, "title": ""}, headers={"Idempotency-Key": wrong}).status < 500


def test_without_a_token_nothing_is_told(unwritten: Instance) -> None:
    for header in ("", "Bearer", "Bearer wrong", "Bearer " + "x" * 5000, "Basic YTpi", "Token x", "Bearer \xe9"):
        refused(unwritten.ask("GET", LESSONS, headers={"Authorization": header}), 401)
        refused(unwritten.ask("POST", LESSONS, {"title": "Урок", **LESSON}, headers={"Authorization": header}), 401)


def test_a_method_that_is_not_there_is_refused(unwritten: Instance) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        refused(unwritten.ask(method, LESSONS, {}), 405)
    assert 400 <= unwritten.ask("BREW", LESSONS).status < 500


def test_no_generated_request_makes_a_server_error(serving: Instance) -> None:
    """schemathesis over the product's own schema, with a token that may do everything."""
    words = [
        "run", f"{serving.url}/api/schema/?format=json", "--url", serving.url, "--checks", "not_a_server_error",
        "-H", f"Authorization: Bearer {serving.token}", "--max-examples", "15", "--max-time", SECONDS,
        "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-shrink", "--seed", "2",
        "--suppress-health-check", "all", "--warnings", "off", "--workers", "1",
    ]  # fmt: skip
    with Process(*words, program="schemathesis", folder=serving.home) as process:
        process.wait(within=100)
        process.whole()
        generated = re.search(r"(\d+) generated, (\d+) passed", process.output)
        assert generated, process.output[-3000:]
        assert int(generated[1]) > 20  # how many there are time for
        # Its exit status also counts errors of its own while it makes requests; only answers are judged here.
        assert generated[1] == generated[2], process.output[-6000:]
        assert "FAILURES" not in process.output
