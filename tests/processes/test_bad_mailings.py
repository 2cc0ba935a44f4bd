"""Bad input for mailings to the running server: 4xx problem+json with a code, nothing written, never a 5xx."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.processes.instance import Instance
from tests.processes.test_bad_input import SECONDS, refused
from tests.servers.processes import Process

CLIENTS, MAILERS = "/api/mailings/client/", "/api/mailings/mailer/"
MAILER = {"start": "2030-01-01T10:00:00Z", "finish": "2030-01-01T12:00:00Z", "content": "Скидка", "tag": "VIP"}
CLIENT = {"phone": "79001234567", "tag": "VIP", "timezone": "Europe/Moscow"}
TABLES = ("mailings_mailer", "mailings_client", "mailings_message", "events_event")


@pytest.fixture
def unwritten(serving: Instance) -> Iterator[Instance]:
    """What the test does leaves no row."""
    before = [serving.rows(f"select count(*) from {table}") for table in TABLES]
    yield serving
    assert [serving.rows(f"select count(*) from {table}") for table in TABLES] == before


@pytest.mark.parametrize("path", [CLIENTS, MAILERS])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"content": NaN}',
        b'{"phone": "79001234567", "phone": "79001234568"}',
        b"[" * 100_000,
        b'{"phone": ' + b"7" * 5000 + b"}",
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_mail_05_what_is_no_json_of_ours_is_refused(unwritten: Instance, path: str, raw: bytes) -> None:
    refused(unwritten.ask("POST", path, raw=raw), 400, 415, 422)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        *[
            (CLIENTS, name, value)
            for name, value in (
                ("phone", "89001234567"),
                ("phone", "79001234567\n"),
                ("phone", "7٩001234567"),
                ("phone", 2**63),
                ("phone", {"a": 1}),
                ("phone", "\ud800"),
                ("operator_code", "901"),
                ("operator_code", 10**30),
                ("timezone", "Asia/Unknown"),
                ("timezone", "../../etc/passwd"),
                ("tag", "a\x00b"),
                ("tag", "x" * 101),
            )
        ],
        *[
            (MAILERS, name, value)
            for name, value in (
                ("start", "tomorrow"),
                ("start", "2030-01-01T12:00:01Z"),
                ("start", "0001-01-01T00:00:00+14:00"),
                ("finish", "9999-12-31T23:59:59-14:00"),
                ("finish", "2000-01-01T00:00:00Z"),
                ("content", ""),
                ("content", "x" * 10_001),
                ("content", "\x1b[2J"),
                ("operator_code", "90a"),
                ("window_start", "24:00"),
                ("window_end", "09:00"),
                ("weekdays", [0]),
                ("weekdays", [2**63]),
                ("filter", {"tag": "VIP"}),
            )
        ],
    ],
)
def test_mail_01_05_a_wrong_value_is_refused_with_the_name_of_its_field(
    unwritten: Instance, path: str, name: str, value: object
) -> None:
    answer = unwritten.ask("POST", path, {**(CLIENT if path == CLIENTS else MAILER), name: value})
    assert name.partition("_")[0] in json.dumps(refused(answer, 400))


def test_a_body_of_ten_megabytes_is_refused(unwritten: Instance) -> None:
    refused(unwritten.ask("POST", MAILERS, raw=b'{"content": "' + b"a" * 10_000_000 + b'"}'), 413)


@pytest.mark.parametrize("id", ["0", "999999", str(2**63), "9" * 40, "abc", "%00", "-1", "1.5", "..%2f"])
def test_mail_22_an_unknown_id_is_not_found(unwritten: Instance, id: str) -> None:
    for path in (CLIENTS, MAILERS):
        for method in ("GET", "PATCH", "DELETE"):
            refused(unwritten.ask(method, f"{path}{id}", {} if method == "PATCH" else None), 404)
    for path in (f"{MAILERS}{id}/stat/", f"/api/mailings/message/{id}/"):
        refused(unwritten.ask("GET", path), 404)
    for verb in ("pause", "resumption", "cancellation", "retry"):
        refused(unwritten.ask("POST", f"{MAILERS}{id}/{verb}/"), 404)


@pytest.mark.parametrize(
    "query",
    ["limit=-1", "limit=x", "cursor=%00", "cursor=" + "a" * 3000, "status=none", "mailer=" + "9" * 40, "colour=red",
     "tag=%00", "deleted=perhaps"],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_no_error_of_ours(unwritten: Instance, query: str) -> None:
    for path in (CLIENTS, MAILERS, "/api/mailings/message/", "/api/mailings/message/stat/"):
        answer = unwritten.ask("GET", f"{path}?{query}")
        assert answer.status < 500, (path, answer)
        if answer.status >= 400:
            refused(answer)


def test_without_a_token_nothing_is_told(unwritten: Instance) -> None:
    for header in ("", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer \xe9"):
        for method, path, body in (("GET", MAILERS, None), ("POST", MAILERS, MAILER), ("POST", CLIENTS, CLIENT)):
            refused(unwritten.ask(method, path, body, headers={"Authorization": header}), 401)


def test_mail_26_no_generated_request_makes_a_server_error(serving: Instance) -> None:
    """schemathesis over what the schema says of mailings, with a token that may do everything; answers must be of the
    shapes that it gives them."""
    client, mailer = serving.ask("POST", CLIENTS, CLIENT), serving.ask("POST", MAILERS, MAILER)
    assert (client.status, mailer.status) == (201, 201)
    words = [
        "run", f"{serving.url}/api/schema/?format=json", "--url", serving.url,
        "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance",
        "--include-path-regex", "^/api/mailings/", "-H", f"Authorization: Bearer {serving.token}",
        "--max-examples", "15", "--max-time", SECONDS, "--phases", "examples,coverage,fuzzing", "--continue-on-failure",
        "--no-shrink", "--seed", "2", "--suppress-health-check", "all", "--warnings", "off", "--workers", "1",
    ]  # fmt: skip
    with Process(*words, program="schemathesis", folder=serving.home) as process:
        process.wait(within=100)
        process.whole()
        generated = re.search(r"(\d+) generated, (\d+) passed", process.output)
        assert generated, process.output[-3000:]
        assert int(generated[1]) > 20  # how many there are time for
        assert generated[1] == generated[2], process.output[-6000:]
        assert "FAILURES" not in process.output
