"""Bad input for projects to the running server: 4xx problem+json with a code, nothing written, never a 5xx. And what
another process writes is in the next list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.instance import Instance
from tests.processes.test_bad_input import SECONDS, refused
from tests.servers.processes import Process

PROJECTS, TASKS = "/api/projects/projects/", "/api/projects/tasks/"
TABLES = ("projects_project", "projects_task", "projects_comment", "events_event")


@pytest.fixture
def task(serving: Instance) -> dict[str, Any]:
    project = serving.ask("POST", PROJECTS, {"name": "Сайт"})
    body = {"project": project.json["id"], "title": "Макет", "due_date": "2030-03-04T12:00:00Z"}
    made = serving.ask("POST", TASKS, body)
    assert (project.status, made.status) == (201, 201), (project, made)
    return dict(made.json)


@pytest.fixture
def unwritten(serving: Instance, task: dict[str, Any]) -> Iterator[Instance]:
    """What the test does leaves no row."""
    before = [serving.rows(f"select count(*) from {table}") for table in TABLES]
    yield serving
    assert [serving.rows(f"select count(*) from {table}") for table in TABLES] == before


def test_pm_02_pm_05_what_is_no_json_of_ours_is_refused(unwritten: Instance, task: dict[str, Any]) -> None:
    for raw in (
        *(b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"name": NaN}', b'{"name": "a", "name": "b"}'),
        *(b"[" * 100_000, b'{"project": ' + b"7" * 5000 + b"}", b'{"title": "\xed\xa0\x80"}'),
    ):
        for path in (PROJECTS, TASKS, f"{TASKS}{task['id']}/comments/"):
            refused(unwritten.ask("POST", path, raw=raw), 400, 415, 422)
        refused(unwritten.ask("PUT", f"{TASKS}{task['id']}/", raw=raw), 400, 415, 422)


def test_pm_05_a_body_of_ten_megabytes_is_refused(unwritten: Instance, task: dict[str, Any]) -> None:
    raw = b'{"author": "a", "content": "' + b"a" * 10_000_000 + b'"}'
    refused(unwritten.ask("POST", f"{TASKS}{task['id']}/comments/", raw=raw), 413)


def test_pm_02_an_unknown_id_is_not_found(unwritten: Instance) -> None:
    for id in ("0", "999999", str(2**31), str(2**63), "9" * 40, "abc", "%00", "-1", "1.5", "..%2f"):
        for path in (PROJECTS, TASKS):
            for method in ("GET", "PUT", "PATCH", "DELETE"):
                refused(unwritten.ask(method, f"{path}{id}", {} if method[0] == "P" else None), 400, 404)
        refused(unwritten.ask("GET", f"{TASKS}{id}/comments/"), 400, 404)


def test_a_query_that_makes_no_sense_is_no_error_of_ours(unwritten: Instance) -> None:
    for query in (
        *("limit=-1", "cursor=%00", "cursor=" + "a" * 3000, "status=none", "project=" + "9" * 40, "project=%D9%A7"),
        *("q=%00", "q=" + "(" * 200, "q=%5C", "due_from=0001-01-01T00:00:00%2B14:00", "colour=red", "assignee=%20"),
    ):
        for path in (PROJECTS, TASKS):
            answer = unwritten.ask("GET", f"{path}?{query}")
            assert answer.status < 500, (path, answer)
            if answer.status >= 400:
                refused(answer)


def test_pm_16_what_another_process_wrote_is_in_the_next_list(serving: Instance, task: dict[str, Any]) -> None:
    path = f"{TASKS}?project={task['project']}"
    assert [serving.ask("GET", path).headers["cache-status"] for _ in range(2)][1] == "angarium; hit"
    write = "from angarium.modules.projects.models import Task; Task.objects.filter(pk={}).update(title='Иначе')"
    serving.run("shell", "-c", write.format(task["id"]))
    assert [one["title"] for one in serving.ask("GET", path).json] == ["Иначе"]


def test_pm_24_no_generated_request_makes_a_server_error(serving: Instance, task: dict[str, Any]) -> None:
    """schemathesis over what the schema says of projects, with a token that may do everything; answers must be of the
    shapes that it gives them."""
    words = [
        "run", f"{serving.url}/api/schema/?format=json", "--url", serving.url,
        "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance",
        "--include-path-regex", "^/api/projects/", "-H", f"Authorization: Bearer {serving.token}",
        "--max-examples", "15", "--max-time", SECONDS, "--phases", "examples,coverage,fuzzing", "--continue-on-failure",
        "--no-shrink", "--seed", "3", "--suppress-health-check", "all", "--warnings", "off", "--workers", "1",
    ]  # fmt: skip
    with Process(*words, program="schemathesis", folder=serving.home) as process:
        process.wait(within=100)
        process.whole()
        generated = re.search(r"(\d+) generated, (\d+) passed", process.output)
        assert generated, process.output[-3000:]
        assert int(generated[1]) > 20  # how many there are time for
        assert generated[1] == generated[2], process.output[-6000:]
        assert "FAILURES" not in process.output
    assert json.loads(serving.ask("GET", TASKS).text) is not None
