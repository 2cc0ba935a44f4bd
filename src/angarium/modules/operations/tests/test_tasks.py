"""The literal pair over HTTP: what is read, what is refused, that a refusal writes nothing, and who sees what."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client, override_settings

from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person
from angarium.engine.ledger.batch import append
from angarium.engine.ledger.public import Due, Operation, State
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7
from angarium.modules.operations.models import TASK, Task

from .asking import NOWHERE, TASKS, Api, held, refused

pytestmark = pytest.mark.django_db
BODY = {"name": "Resize", "processing_time": 5}
MANY = 100_000


@pytest.fixture
def api(db: None) -> Api:
    return Api(client_with_token("*"))


def created(api: Api, **changes: Any) -> str:
    answer = api("POST", TASKS, {**BODY, **changes})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["task_id"])


def test_op_01_a_task_is_created_and_its_id_is_all_that_is_told(api: Api) -> None:
    answer = api("POST", TASKS, BODY)
    assert (answer.status_code, list(answer.json())) == (201, ["task_id"])
    id = UUID(answer.json()["task_id"])
    assert answer["Location"] == f"{TASKS}{id}/"
    row = Operation.objects.get()
    assert (row.id, row.kind, row.input, row.state, row.max_claims) == (id, TASK, BODY, State.QUEUED, 5)
    assert Due.objects.values_list("queue", flat=True).get() == "processor"


@pytest.mark.parametrize("given", ["/tasks", "/tasks/", "/api/tasks", "/api/operations/tasks"])
def test_op_01_it_answers_at_the_root_of_its_host_with_and_without_a_slash(api: Api, given: str) -> None:
    host = {"host": "operations.localhost:8000"}
    id = api("POST", given, BODY, **host).json()["task_id"]
    assert api("GET", f"{given.rstrip('/')}/{id}", **host).json()["task_id"] == id


def test_op_02_a_task_has_four_fields_and_its_status_is_a_number(api: Api) -> None:
    id = created(api)
    shown = api("GET", f"{TASKS}{id}").json()
    assert shown == {"task_id": id, "name": "Resize", "processing_time": 5, "status": 1}
    assert [type(value) for value in shown.values()] == [str, str, int, int]
    held(id)
    assert api("GET", f"{TASKS}{id}").json()["status"] == 2


def test_op_03_the_list_is_bare_and_oldest_first(api: Api) -> None:
    ids = [created(api, name=f"n{number}") for number in range(3)]
    found = api("GET", TASKS).json()
    assert [one["task_id"] for one in found] == ids
    assert found[1] == api("GET", f"{TASKS}{ids[1]}").json()


def test_op_03_limit_and_cursor_page_it(api: Api) -> None:
    ids = [created(api) for _ in range(5)]
    seen, path = [], f"{TASKS}?limit=2"
    while path:
        answer = api("GET", path)
        assert isinstance(answer.json(), list)
        seen += [one["task_id"] for one in answer.json()]
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix("<http://testserver")
    assert seen == ids


def test_op_03_an_empty_list_is_empty(api: Api) -> None:
    assert api("GET", TASKS).json() == []


def many_tasks() -> None:
    """So many that it must be done in few statements; PostgreSQL is told how many there are, as its own processes
    would have told it."""
    named = ("id", "kind", "state", "stage", "message", "epoch", "seq", "claims", "max_claims", "worker", "input",
             "metadata", "created_at", "updated_at")  # fmt: skip
    moment = now()
    for first in range(0, MANY, 5000):
        inputs = [{"name": f"n{number}", "processing_time": 5} for number in range(first, first + 5000)]
        same = (TASK, "queued", "", "", 0, 0, 0, 5, "")
        append(Operation, named, [(uuid7(), *same, one, {}, moment, moment) for one in inputs])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ledger_operation")


def test_op_03_a_hundred_thousand_are_streamed_in_little_memory(api: Api) -> None:
    many_tasks()
    answer = api("GET", TASKS)
    assert answer.streaming
    before, most, size, number = resident(), 0, 0, 0
    for part in answer.streaming_content:
        size, number = size + len(part), number + part.count(b'"task_id"')
        most = max(most, resident())
    assert number == MANY
    assert size > 8_000_000
    assert most - before < 8_000_000, (before, most)


def resident() -> int:
    """Bytes of memory that this process has now."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024  # type: ignore[index]


BAD: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", "   "),
    ("name", None),
    ("name", "x" * 256),
    ("name", "x" * 10_000),
    ("name", "a\x00b"),
    ("name", "a\nb"),
    ("name", 5),
    ("name", ["a"]),
    ("processing_time", "5"),
    ("processing_time", "abc"),
    ("processing_time", ""),
    ("processing_time", 1.5),
    ("processing_time", 5.0),
    ("processing_time", True),
    ("processing_time", None),
    ("processing_time", -1),
    ("processing_time", 3601),
    ("processing_time", 2**31),
    ("processing_time", 10**12),
    ("processing_time", 2**70),
    ("processing_time", []),
    ("status", 3),
    ("task_id", str(NOWHERE)),
    ("anything", 1),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_op_08_what_does_not_fit_is_refused_by_its_field_and_writes_nothing(api: Api, name: str, value: Any) -> None:
    refused(api("POST", TASKS, {**BODY, name: value}), 400, field=name)
    assert Operation.objects.count() == 0


@pytest.mark.parametrize("lacking", list(BODY))
def test_op_08_both_are_required(api: Api, lacking: str) -> None:
    refused(api("POST", TASKS, {name: value for name, value in BODY.items() if name != lacking}), 400, field=lacking)
    assert Operation.objects.count() == 0


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"x"', '{"name": "a", "name": "b", "processing_time": 1}'])
def test_op_08_what_is_no_object_is_refused(api: Api, raw: str) -> None:
    refused(api("POST", TASKS, raw), 400)
    assert Operation.objects.count() == 0


@pytest.mark.parametrize("seconds", [0, 13, 3600])
@pytest.mark.parametrize("name", ["x", "x" * 255, "Отчёт 📈"])
def test_op_08_the_ends_of_what_fits_are_accepted(api: Api, name: str, seconds: int) -> None:
    id = created(api, name=name, processing_time=seconds)
    assert api("GET", f"{TASKS}{id}").json() == {
        "task_id": id, "name": name, "processing_time": seconds, "status": 1,
    }  # fmt: skip


@pytest.mark.parametrize("id", [str(NOWHERE), "0", "abc", "x" * 500, "%00", "1.5", "-1", "..%2f"])
@pytest.mark.parametrize("rest", ["tasks/{}", "operations/{}", "operations/{}/timeline"])
def test_op_09_an_unknown_id_is_not_found(api: Api, rest: str, id: str) -> None:
    refused(api("GET", f"/api/operations/{rest.format(id)}"), 404)


def test_op_09_an_operation_of_another_kind_is_no_task(api: Api) -> None:
    other = Operation.objects.create(kind="lessons.notify_student", state="queued")
    refused(api("GET", f"{TASKS}{other.id}"), 404, "no_task")


def test_op_19_a_repeat_under_one_key_is_one_task_and_another_body_is_refused(api: Api) -> None:
    first, again = (api("POST", TASKS, BODY, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    refused(api("POST", TASKS, {**BODY, "name": "Other"}, Idempotency_Key="k1"), 422, "idempotency_key_reused")
    assert Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_op_19_a_hundred_equal_requests_at_once_make_one_task(api: Api) -> None:
    def ask(_: int) -> tuple[int, bytes]:
        try:
            answer = api("POST", TASKS, BODY, Idempotency_Key="once")
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(ask, range(100)))
    assert {status for status, _ in answers} == {201}
    assert len({body for _, body in answers}) == 1
    assert Task.objects.count() == 1


def test_op_25_in_the_open_form_the_literal_routes_need_no_token(db: None) -> None:
    user = make_person("user")
    everybody = Api(Client())
    other = created(Api(client_with_token("*")))
    with override_settings(ANGARIUM_OPEN=True):
        id = created(everybody)
        assert Task.objects.get(id=id).actor == user.id
        assert [one["task_id"] for one in everybody("GET", TASKS).json()] == [other, id]
        assert everybody("GET", f"{TASKS}{other}").json()["status"] == 1
        for address in ("/api/docs", "/api/docs/", "/api/schema/"):
            assert everybody("GET", address).status_code == 200


def test_op_25_in_the_open_form_all_else_is_401(db: None) -> None:
    make_person("user")
    everybody, id = Api(Client()), created(Api(client_with_token("*")))
    with override_settings(ANGARIUM_OPEN=True):
        for path in ("", f"{id}/", f"{id}/timeline/"):
            refused(everybody("GET", f"/api/operations/operations/{path}"), 401)
        for path in ("", f"{id}:cancel/", f"{id}:retry/", f"{id}/claim/", f"{id}/lease/"):
            refused(everybody("POST", f"/api/operations/operations{'/' if path else ''}{path}", {}), 401)
        refused(everybody("POST", "/api/operations/operations:claim", {}), 401)


def test_op_25_elsewhere_no_token_is_401(db: None) -> None:
    make_person("user")
    nobody = Api(Client())
    with override_settings(ANGARIUM_OPEN=False):
        refused(nobody("POST", TASKS, BODY), 401)
        refused(nobody("GET", TASKS), 401)
        refused(nobody("GET", f"{TASKS}{NOWHERE}"), 401)
    assert Task.objects.count() == 0


def test_members_see_the_tasks_that_they_created(db: None) -> None:
    ann, boris = (client_signed_in(make_person(name)) for name in ("ann", "boris"))
    staff = client_signed_in(make_person(role=Role.STAFF))
    id = ann.post(TASKS, json.dumps(BODY), content_type="application/json").json()["task_id"]
    assert [len(one.get(TASKS).json()) for one in (ann, boris, staff)] == [1, 0, 1]
    assert [one.get(f"{TASKS}{id}/").status_code for one in (ann, boris, staff)] == [200, 404, 200]


@pytest.mark.parametrize(("scope", "reading", "writing"), [
    ("operations:read", 200, 403), ("operations:write", 403, 201), ("operations:report", 403, 403),
    ("lessons:*", 403, 403),
])  # fmt: skip
def test_a_token_does_what_its_scopes_say(db: None, scope: str, reading: int, writing: int) -> None:
    service = Api(client_with_token(scope))
    assert service("GET", TASKS).status_code == reading
    assert service("POST", TASKS, BODY).status_code == writing
