"""The general routes over HTTP: create, list, look at one and at its course."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from angarium.engine.identity.public import SYSTEM
from angarium.engine.identity.testing import client_with_token, make_person
from angarium.engine.ledger.public import Operation, Report, State, Work, cancel, pause, report, start_many
from angarium.kernel.clock import now
from angarium.modules.operations.models import TASK, TaskType

from .asking import CALLED, FETCHED, NOWHERE, OPERATIONS, Api, held, make_types, path, refused

pytestmark = pytest.mark.django_db
LARGE = {"a": "x" * (64 * 1024)}


@pytest.fixture
def api(db: None) -> Api:
    make_types()
    return Api(client_with_token("*"))


def created(api: Api, **body: Any) -> dict[str, Any]:
    answer = api("POST", OPERATIONS, {"kind": CALLED, **body})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def listed(api: Api, query: str = "") -> list[str]:
    answer = api("GET", f"{OPERATIONS}?{query}")
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_op_26_an_operation_has_its_id_state_and_metadata_throughout(api: Api) -> None:
    answer = api("POST", OPERATIONS, {"kind": CALLED, "input": {"url": "x"}, "metadata": {"order": 7}})
    shown = answer.json()
    row = Operation.objects.get()
    assert (answer.status_code, answer["Location"], answer["ETag"]) == (201, path(row.id), '"v0.0"')
    assert (shown["name"], shown["done"], shown["id"]) == (f"operations/{row.id}", False, str(row.id))
    assert (shown["kind"], shown["state"], shown["input"], shown["metadata"]) == (
        CALLED, "queued", {"url": "x"}, {"order": 7},
    )  # fmt: skip
    assert shown["progress"] == dict.fromkeys(("done", "total", "percent", "eta", "eta_late")) | {"unit": ""}
    assert [(one["epoch"], one["seq"], one["state"]) for one in shown["transitions"]] == [(0, 0, "queued")]
    assert api("GET", path(row.id)).json() == shown


BAD: list[tuple[str, Any]] = [
    ("kind", ""),
    ("kind", None),
    ("kind", 7),
    ("kind", "x" * 101),
    ("input", []),
    ("input", "x"),
    ("input", None),
    ("input", LARGE),
    ("metadata", 1),
    ("metadata", LARGE),
    ("key", ""),
    ("key", "x" * 201),
    ("key", 7),
    ("run_at", "tomorrow"),
    ("run_at", "2030-01-01T00:00:00"),
    ("run_at", 5),
    ("state", "succeeded"),
    ("id", str(NOWHERE)),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_does_not_fit_is_refused_by_its_field(api: Api, name: str, value: Any) -> None:
    refused(api("POST", OPERATIONS, {"kind": CALLED, name: value}), 400, field=name)
    assert Operation.objects.count() == 0


@pytest.mark.parametrize("kind", ["none_such", "old_kind", TASK, "delivery.deliver", "operations.cancel_many"])
def test_only_active_types_of_tasks_are_created(api: Api, kind: str) -> None:
    refused(api("POST", OPERATIONS, {"kind": kind}), 400, "unknown_kind", "kind")
    assert Operation.objects.count() == 0


def test_op_b2_one_key_is_one_operation_and_another_input_under_it_is_refused(api: Api) -> None:
    first, again = (created(api, key="order-7", input={"n": 1}) for _ in range(2))
    assert first["id"] == again["id"]
    refused(api("POST", OPERATIONS, {"kind": CALLED, "key": "order-7", "input": {"n": 2}}), 409, "key_taken", "key")
    assert created(api, kind=FETCHED, key="order-7")["id"] != first["id"]
    ann = Api(client_with_token("operations:*", person=make_person("ann")))
    refused(ann("POST", OPERATIONS, {"kind": CALLED, "key": "order-7", "input": {"n": 1}}), 409, "key_taken", "key")


def test_what_is_for_later_is_scheduled(api: Api) -> None:
    later = (now() + timedelta(hours=1)).isoformat()
    assert created(api, run_at=later)["state"] == "scheduled"
    assert created(api, run_at="2020-01-01T00:00:00Z")["state"] == "queued"


def test_a_type_without_a_queue_is_not_called_for(api: Api) -> None:
    id = created(api, kind=FETCHED)["id"]
    assert Operation.objects.get(id=id).due.queue == ""


def test_op_b1_the_list_is_narrowed(api: Api) -> None:
    ids = [created(api)["id"] for _ in range(2)] + [created(api, kind=FETCHED)["id"]]
    claim = held(ids[0], worker="resizer")
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, stage="upload"))
    cancel(UUID(ids[1]), SYSTEM)
    again = api("POST", path(ids[1], ":retry"))
    ids.append(again.json()["id"])
    expected = {
        "": ids[::-1],
        f"kind={CALLED}": [ids[3], ids[1], ids[0]],
        "state=running": [ids[0]],
        "state=cancelled": [ids[1]],
        "state=queued": [ids[3], ids[2]],
        f"state=queued&kind={CALLED}": [ids[3]],
        "stage=upload": [ids[0]],
        "worker=resizer": [ids[0]],
        f"retry_of={ids[1]}": [ids[3]],
        f"parent={NOWHERE}": [],
        "created_after=2020-01-01T00:00:00Z": ids[::-1],
        "created_before=2020-01-01T00:00:00Z": [],
        "created_after=2100-01-01T00:00:00Z": [],
        "created_after=1970-01-01T00:00:00Z&created_before=9998-12-31T00:00:00Z": ids[::-1],
    }
    assert {query: listed(api, query) for query in expected} == expected


def test_the_moments_of_creation_are_exact(api: Api) -> None:
    first, second = (Operation.objects.get(id=created(api)["id"]) for _ in range(2))
    moment = second.created_at.isoformat().replace("+00:00", "Z")
    assert listed(api, f"created_after={moment}") == [str(second.id)]
    assert listed(api, f"created_before={moment}") == [str(first.id)]


@pytest.mark.parametrize(
    "query",
    ["state=none", "kind=" + "x" * 300, "retry_of=x", "created_after=x", "created_before=2030-01-01T00:00:00",
     "who=x", "limit=0", "limit=x", "cursor=x", "stage=%00"],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    refused(api("GET", f"{OPERATIONS}?{query}"), 400)


def test_op_b1_it_is_paged_newest_first(api: Api) -> None:
    ids = [created(api)["id"] for _ in range(5)]
    seen, address = [], f"{OPERATIONS}?limit=2"
    while address:
        page = api("GET", address).json()
        seen += [one["id"] for one in page["results"]]
        address = (page["next"] or "").removeprefix("http://testserver")
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ("failed", {"code": "boom", "message": "It broke."}, None),
        ("failed", None, {"code": "failed", "message": "gone"}),
        ("cancelled", None, {"code": "cancelled", "message": "gone"}),
    ],
)
def test_what_ended_otherwise_has_an_error_and_no_response(api: Api, state: str, error: Any, message: Any) -> None:
    claim = held(created(api)["id"])
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, state=state, error=error, message="gone"))
    shown = api("GET", path(claim.operation)).json()
    assert (shown["done"], shown["error"], "response" in shown) == (True, error or message, False)


@pytest.mark.parametrize(("output", "response"), [({"a": 1}, {"a": 1}), (None, {}), ([1, 2], [1, 2]), (0, 0)])
def test_op_b1_what_succeeded_has_a_response_and_no_error(api: Api, output: Any, response: Any) -> None:
    claim = held(created(api)["id"])
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, state="retrying", error={"message": "once"}))
    assert api("GET", path(claim.operation)).json()["error"] == {"message": "once"}
    claim = held(claim.operation)
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, state="succeeded", output=output))
    shown = api("GET", path(claim.operation)).json()
    assert (shown["done"], shown["response"], shown["output"], "error" in shown) == (True, response, output, False)
    assert "error" not in api("GET", OPERATIONS).json()["results"][0]


def test_op_b4_progress_has_a_unit_a_percentage_and_an_estimate(api: Api) -> None:
    claim = held(created(api)["id"])
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, progress=(3, 10), unit="pages", message="…"))
    shown = api("GET", path(claim.operation)).json()
    progress = shown["progress"]
    assert (progress["done"], progress["total"], progress["unit"], progress["percent"]) == (3, 10, "pages", 30)
    assert shown["updated_at"] < progress["eta"]
    assert (progress["eta_late"], shown["message"]) == (None, "…")
    again = api("GET", OPERATIONS).json()["results"][0]["progress"]
    assert (again["percent"], again["eta"] > shown["updated_at"]) == (30, True)


def test_op_b4_without_progress_the_estimate_is_how_long_others_took(api: Api) -> None:
    end = now()
    for seconds in (100, 200, 300):
        begun = end - timedelta(seconds=seconds)
        Operation.objects.create(kind=CALLED, state="succeeded", started_at=begun, finished_at=end)
    Operation.objects.create(kind=CALLED, state="failed", started_at=end - timedelta(days=1), finished_at=end)
    claim = held(created(api)["id"])
    started = Operation.objects.get(id=claim.operation).started_at
    assert started is not None
    progress = api("GET", path(claim.operation)).json()["progress"]
    stamps = [f"{started + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}" for seconds in (200, 300)]
    assert [progress[name][:19] for name in ("eta", "eta_late")] == stamps
    assert progress["percent"] is None


@pytest.mark.parametrize("wait", ["0", "5", "30s", "60s"])
def test_who_would_wait_where_nobody_can_is_answered_at_once(api: Api, wait: str) -> None:
    claim = held(created(api)["id"])
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, state="succeeded"))
    assert api("GET", path(claim.operation, f"/?wait={wait}")).json()["done"] is True


@pytest.mark.parametrize("wait", ["x", "-1", "61s", "1h", ""])
def test_a_wait_that_makes_no_sense_is_refused(api: Api, wait: str) -> None:
    refused(api("GET", path(created(api)["id"], f"/?wait={wait}")), 400, field="wait")


def test_of_a_long_history_the_last_lines_are_shown(api: Api) -> None:
    claim = held(created(api)["id"])
    for seq in range(1, 511):
        report(Report(operation=claim.operation, epoch=claim.epoch, seq=seq, message=str(seq)))
    shown = api("GET", path(claim.operation)).json()
    assert [one["message"] for one in shown["transitions"]] == [str(seq) for seq in range(11, 511)]
    assert shown["earlier_transitions"] == 12


def test_op_b1_the_timeline_tells_waiting_and_running_by_attempt_stage_and_worker(api: Api) -> None:
    id = created(api)["id"]
    claim = held(id, worker="a")
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=1, stage="load"))
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=2, state="retrying", run_at=now()))
    claim = held(id, worker="b")
    pause(claim.operation, SYSTEM)
    shown = api("GET", path(id, "/timeline")).json()
    spans = [
        (one["phase"], one["state"], one["attempt"], one["retry"], one["stage"], one["worker"], one["ended_at"] is None)
        for one in shown["spans"]
    ]
    assert spans == [
        ("waiting", "queued", 1, False, "", "", False),
        ("running", "running", 1, False, "", "a", False),
        ("running", "running", 1, False, "load", "a", False),
        ("waiting", "retrying", 2, True, "load", "", False),
        ("running", "running", 2, True, "load", "b", False),
        ("paused", "paused", 3, True, "load", "", True),
    ]
    assert [one["name"] for one in shown["stages"]] == ["load"]
    assert [one["name"] for one in shown["workers"]] == ["a", "b"]
    assert shown["running"] == pytest.approx(sum(one["running"] for one in shown["workers"]))
    assert shown["spans"][0]["started_at"].endswith("Z")


def test_members_see_what_they_caused_and_no_more(db: None) -> None:
    make_types()
    ann, boris = (Api(client_with_token("operations:*", person=make_person(name))) for name in ("ann", "boris"))
    id = created(ann)["id"]
    assert (listed(ann), listed(boris)) == ([id], [])
    for rest in ("", "timeline/"):
        assert ann("GET", path(id, f"/{rest}")).status_code == 200
        refused(boris("GET", path(id, f"/{rest}")), 404, "no_operation")


def test_what_was_begun_is_ended_though_its_type_is_not_active_any_more(api: Api) -> None:
    id = created(api)["id"]
    TaskType.objects.update(is_active=False)
    cancel(UUID(id), SYSTEM)
    assert api("POST", path(id, ":retry")).status_code == 201


def test_the_actor_is_whoever_asked(db: None) -> None:
    make_types()
    ann = make_person("ann")
    id = created(Api(client_with_token("operations:*", person=ann)))["id"]
    assert Operation.objects.get(id=id).actor == ann.id


def test_a_part_of_something_is_found_by_it(api: Api) -> None:
    parent = uuid4()
    id = start_many([Work(kind=CALLED, parent=parent, stage="load", metadata={"n": 1})])[0]
    assert listed(api, f"parent={parent}") == [str(id)]
    assert listed(api, "stage=load") == [str(id)]
    assert api("GET", path(id)).json()["parent"] == str(parent)
    assert Operation.objects.get(id=id).state == State.QUEUED
