"""The service of the tutorial (docs/tutorial/resizer) works, whatever Angarium is doing."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.servers.processes import Process

from .stub import Stub

FOLDER = Path(__file__).parents[4] / "docs" / "tutorial" / "resizer"
BATCH = "transitions:batch"


def resizer(stub: Stub, spool: Path) -> Process:
    environment = {"ANGARIUM_URL": stub.url, "ANGARIUM_TOKEN": "ang_token", "RESIZER_PACE": "0.05"}
    words = ("service:app", "--port", "0")
    return Process(*words, program="uvicorn", folder=FOLDER, environment={**environment, "RESIZER_SPOOL": str(spool)})


def address(process: Process) -> str:
    return process.wait_for(r"running on (http://127\.0\.0\.1:\d+)")[1]


def ask(url: str, body: object = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture
def service(stub: Stub, spool: Path) -> Iterator[Process]:
    with resizer(stub, spool) as process:
        yield process


def test_a_picture_becomes_an_operation_and_is_worked_on(stub: Stub, service: Process) -> None:
    url = address(service)
    status, made = ask(f"{url}/pictures", {"url": "https://example.org/cat.png", "sizes": [16, 32]})
    assert status == 202
    service.wait_for(f"made {made['operation']}")
    op = next(iter(stub.operations.values()))
    stub.until(lambda: op.state == "succeeded")
    assert op.applied[-1]["output"] == {"files": ["cat.png.16.webp", "cat.png.32.webp"]}
    assert [report["stage"] for report in op.applied if "stage" in report] == ["16 px", "32 px"]
    assert ask(f"{url}/pictures/{made['operation']}")[1]["state"] == "succeeded"
    assert ask(f"{url}/pictures", {"sizes": [1]})[0] == 422


def test_op_16_its_work_goes_on_while_angarium_is_away(stub: Stub, service: Process) -> None:
    op = stub.op("make_thumbnails", url="https://example.org/cat.png", sizes=[1, 2, 3, 4])
    stub.until(lambda: op.claims == 1)
    stub.refuse()
    service.wait_for(f"made {op.id}")
    assert op.state == "running"
    stub.listen()
    stub.until(lambda: op.state == "succeeded")
    assert [report["stage"] for report in op.applied if "stage" in report] == ["1 px", "2 px", "3 px", "4 px"]
    assert (op.claims, op.late) == (1, [])


def test_bad_input_is_a_failure_that_says_why(stub: Stub, service: Process) -> None:
    op = stub.op("make_thumbnails", sizes="many")
    stub.until(lambda: op.state == "failed")
    assert op.applied[-1]["error"]["code"] == "ValidationError"
    service.wait_for("failed")


def test_told_to_stop_it_sends_what_it_has_said(stub: Stub, service: Process) -> None:
    op = stub.op("make_thumbnails", url="a", sizes=[1])
    stub.mood, stub.moody = 503, BATCH
    service.wait_for(f"made {op.id}")
    stub.mood = None
    assert service.terminate() == -signal.SIGTERM  # uvicorn ends by the signal, after everything else
    assert op.state == "succeeded"
