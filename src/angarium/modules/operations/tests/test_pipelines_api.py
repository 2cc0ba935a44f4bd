"""Pipelines and their runs over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person
from angarium.engine.ledger.public import Operation, Report, report
from angarium.kernel.clock import now
from angarium.modules.operations import demo
from angarium.modules.operations.models import Pipeline, PipelineRun, PipelineStage, TaskType

from .asking import NOWHERE, Api, held, refused

pytestmark = pytest.mark.django_db
PIPELINES = "/api/operations/pipelines/"
RUNS = f"{PIPELINES}runs/"
FILM = {
    "name": "film",
    "stages": [
        {"name": "cut", "kind": "cut_video", "expected_seconds": 10},
        {"name": "mix", "kind": "mix_sound", "expected_seconds": None},
    ],
}


@pytest.fixture
def api(db: None) -> Api:
    TaskType.objects.create(name="cut_video")
    TaskType.objects.create(name="mix_sound", expected_seconds=7)
    return Api(client_with_token("operations:*"))


@pytest.fixture
def run(api: Api) -> dict[str, Any]:
    assert api("POST", PIPELINES, FILM).status_code == 201
    answer = api("POST", f"{PIPELINES}film/runs/", {"input": {"url": "x"}})
    assert answer.status_code == 201
    shown: dict[str, Any] = answer.json()
    assert answer["Location"] == f"{RUNS}{shown['id']}/"
    return shown


def end(run: dict[str, Any], state: str = "succeeded") -> str:
    part = Operation.objects.get(parent=run["id"], due__isnull=False)
    got = held(part.id)
    report(Report(operation=part.id, epoch=got.epoch, seq=1, state=state))
    return str(part.id)


def test_a_pipeline_is_declared_and_read(api: Api) -> None:
    answer = api("POST", PIPELINES, FILM)
    assert (answer.status_code, answer["Location"]) == (201, f"{PIPELINES}film/")
    shown = answer.json()
    assert shown == {**FILM, "is_active": True, "created_at": shown["created_at"]}
    assert api("GET", f"{PIPELINES}film").json() == shown
    assert api("GET", PIPELINES).json() == {"results": [shown], "next": None}
    again = api("POST", PIPELINES, FILM)
    assert (again.status_code, again.json()) == (201, shown)
    refused(api("POST", PIPELINES, {**FILM, "stages": FILM["stages"][:1]}), 409, "pipeline_exists", "name")
    put = api("PUT", f"{PIPELINES}film/", {"stages": FILM["stages"][:1]})
    assert (put.status_code, put.json()["stages"]) == (200, FILM["stages"][:1])
    refused(api("PUT", f"{PIPELINES}nothing/", {"stages": FILM["stages"]}), 404, "no_pipeline")
    refused(api("GET", f"{PIPELINES}nothing/"), 404, "no_pipeline")


def cost(api: Api, path: str, shown: int) -> int:
    """How many queries a list costs."""
    with CaptureQueriesContext(connection) as queries:
        assert len(api("GET", path).json()["results"]) == shown
    return len(queries)


def test_a_page_of_pipelines_costs_as_much_as_one(api: Api) -> None:
    api("POST", PIPELINES, FILM)
    before = cost(api, PIPELINES, 1)
    for number in range(30):
        pipeline = Pipeline.objects.create(name=f"p{number}")
        PipelineStage.objects.create(pipeline=pipeline, ordinal=1, name="cut", kind="cut_video")
    assert cost(api, PIPELINES, 31) == before


STAGE = FILM["stages"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "runs"}, "name"),
        ({"name": "Film"}, "name"),
        ({"name": "a" * 101}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"stages": []}, "stages"),
        ({"stages": None}, "stages"),
        ({"stages": "cut"}, "stages"),
        ({"stages": [STAGE] * 51}, "stages"),
        ({"stages": [STAGE, STAGE]}, "stages.1.name"),
        ({"stages": [{**STAGE, "kind": "nobody"}]}, "stages.0.kind"),
        ({"stages": [{**STAGE, "kind": ""}]}, "stages.0.kind"),
        ({"stages": [STAGE, {**STAGE, "name": "a\nb"}]}, "stages.1.name"),
        ({"stages": [{**STAGE, "expected_seconds": -1}]}, "stages.0.expected_seconds"),
        ({"stages": [{**STAGE, "expected_seconds": 1.5}]}, "stages.0.expected_seconds"),
        ({"stages": [{**STAGE, "expected_seconds": "5"}]}, "stages.0.expected_seconds"),
        ({"stages": [{**STAGE, "expected_seconds": 10**12}]}, "stages.0.expected_seconds"),
        ({"stages": [{**STAGE, "depends_on": "x"}]}, "stages.0.depends_on"),
        ({"stages": [{"name": "cut"}]}, "stages.0.kind"),
        ({"stages": ["cut"]}, "stages.0"),
        ({"other": 1}, "other"),
    ],
)
def test_what_is_no_pipeline_is_400_by_its_field(api: Api, changes: dict[str, Any], field: str) -> None:
    refused(api("POST", PIPELINES, {**FILM, **changes}), 400, field=field)
    assert not Pipeline.objects.exists()


def test_op_b3_a_run_is_followed_to_its_end(api: Api, run: dict[str, Any]) -> None:
    first = Operation.objects.get()
    assert run == {
        "id": str(first.parent),
        "pipeline": "film",
        "state": "running",
        "stage": "cut",
        "stuck": False,
        "actor": str(first.actor),
        "created_at": run["created_at"],
        "finished_at": None,
        "stages": [
            {
                "name": "cut",
                "kind": "cut_video",
                "expected_seconds": 10,
                "state": "queued",
                "operation": str(first.id),
                "operations": 1,
                "waiting_seconds": run["stages"][0]["waiting_seconds"],
                "running_seconds": 0,
                "stuck": False,
                "started_at": None,
                "finished_at": None,
            },
            {
                "name": "mix",
                "kind": "mix_sound",
                "expected_seconds": 7,
                "state": None,
                "operation": None,
                "operations": 0,
                "waiting_seconds": 0,
                "running_seconds": 0,
                "stuck": False,
                "started_at": None,
                "finished_at": None,
            },
        ],
        "input": {"url": "x"},
    }
    end(run)
    second = end(run)
    shown = api("GET", f"{RUNS}{run['id']}").json()
    assert (shown["state"], shown["stage"]) == ("succeeded", None)
    assert [one["state"] for one in shown["stages"]] == ["succeeded", "succeeded"]
    assert shown["stages"][1]["operation"] == second
    assert shown["finished_at"] == shown["stages"][1]["finished_at"] is not None
    listed = api("GET", f"/api/operations/operations/?parent={run['id']}").json()["results"]
    assert [one["stage"] for one in listed] == ["mix", "cut"]


def test_runs_are_listed_newest_first_by_pipeline_and_by_state(api: Api, run: dict[str, Any]) -> None:
    other = api("POST", f"{PIPELINES}film/runs/", {}).json()
    api("POST", PIPELINES, {**FILM, "name": "trailer"})
    third = api("POST", f"{PIPELINES}trailer/runs/", {"key": "a"}).json()
    end(run, "failed")
    api("POST", f"{RUNS}{third['id']}:cancel")

    def listed(query: str) -> list[str]:
        return [one["id"] for one in api("GET", f"{RUNS}{query}").json()["results"]]

    assert listed("") == [third["id"], other["id"], run["id"]]
    assert listed("?pipeline=film") == [other["id"], run["id"]]
    assert listed("?state=running") == [other["id"]]
    assert listed("?state=failed&pipeline=film") == [run["id"]]
    assert listed("?state=cancelled") == [third["id"]]
    assert listed("?state=succeeded") == []
    page = api("GET", f"{RUNS}?limit=2").json()
    assert [one["id"] for one in page["results"]] == [third["id"], other["id"]]
    assert "input" not in page["results"][0]
    assert [one["id"] for one in api("GET", page["next"]).json()["results"]] == [run["id"]]
    refused(api("GET", f"{RUNS}?state=queued"), 400, field="state")
    refused(api("GET", f"{RUNS}?colour=red"), 400, field="colour")


def test_fifty_runs_cost_as_many_queries_as_one(api: Api, run: dict[str, Any]) -> None:
    before = cost(api, RUNS, 1)
    for number in range(49):
        made = api("POST", f"{PIPELINES}film/runs/", {}).json()
        if number % 2:
            end(made)
    assert cost(api, f"{RUNS}?limit=50", 50) == before


def test_op_b3_a_run_is_resumed_where_it_failed_and_cancelled(api: Api, run: dict[str, Any]) -> None:
    one = f"{RUNS}{run['id']}"
    problem = refused(api("POST", f"{one}:resume"), 409, "run_not_ended")
    assert problem["state"] == "running"
    end(run)
    end(run, "failed")
    assert api("GET", one).json()["state"] == "failed"
    resumed = api("POST", f"{one}:resume", {"because": "mended"})
    assert (resumed.status_code, resumed.json()["state"], resumed.json()["stage"]) == (200, "running", "mix")
    assert resumed.json()["stages"][1]["operations"] == 2
    cancelled = api("POST", f"{one}:cancel/", {})
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert refused(api("POST", f"{one}:cancel"), 409, "run_ended")["state"] == "cancelled"
    assert api("POST", f"{one}:resume").json()["state"] == "running"


@pytest.mark.parametrize(
    ("body", "field"),
    [({"input": []}, "input"), ({"input": None}, "input"), ({"input": {"a": "x" * 70_000}}, "input"),
     ({"key": ""}, "key"), ({"key": 7}, "key"), ({"key": "k" * 201}, "key"), ({"what": 1}, "what"), ([], None)],
)  # fmt: skip
def test_a_run_that_makes_no_sense_is_400_by_its_field(api: Api, body: Any, field: str | None) -> None:
    api("POST", PIPELINES, FILM)
    refused(api("POST", f"{PIPELINES}film/runs/", body), 400, field=field)
    refused(api("POST", f"{PIPELINES}nothing/runs/", {}), 404, "no_pipeline")
    assert not PipelineRun.objects.exists()


def test_a_run_is_started_once_for_a_key_and_for_an_idempotency_key(api: Api, run: dict[str, Any]) -> None:
    start = f"{PIPELINES}film/runs/"
    ids = {api("POST", start, {"key": "a", "input": {"n": 1}}).json()["id"] for _ in range(3)}
    assert len(ids) == 1
    refused(api("POST", start, {"key": "a", "input": {"n": 2}}), 409, "key_taken", "key")
    answers = [api("POST", start, {}, Idempotency_Key="one") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    refused(api("POST", start, {"input": {"n": 1}}, Idempotency_Key="one"), 422)
    assert PipelineRun.objects.count() == 3


def test_the_backlog_of_a_pipeline_is_shown_by_stage(api: Api, run: dict[str, Any]) -> None:
    end(run)
    Operation.objects.filter(stage="cut").update(started_at=now() - timedelta(seconds=4))
    shown = api("GET", f"{PIPELINES}film/stages").json()
    cut, mix = shown["stages"]
    assert shown["pipeline"] == "film"
    assert cut == {
        "name": "cut", "kind": "cut_video", "expected_seconds": 10, "waiting": 0, "running": 0, "paused": 0, "stuck": 0,
        "p50_seconds": cut["p50_seconds"], "p90_seconds": cut["p90_seconds"],
    }  # fmt: skip
    assert 3.5 < cut["p50_seconds"] == cut["p90_seconds"] < 60
    assert (mix["waiting"], mix["expected_seconds"], mix["p50_seconds"]) == (1, 7, None)
    refused(api("GET", f"{PIPELINES}nothing/stages/"), 404, "no_pipeline")


def test_members_start_and_see_their_own_runs_and_define_nothing(api: Api, run: dict[str, Any]) -> None:
    ann = Api(client_signed_in(make_person("ann")))
    refused(ann("POST", PIPELINES, {**FILM, "name": "mine"}), 403)
    refused(ann("PUT", f"{PIPELINES}film/", {"stages": FILM["stages"]}), 403)
    own = ann("POST", f"{PIPELINES}film/runs/", {}).json()
    assert [one["id"] for one in ann("GET", RUNS).json()["results"]] == [own["id"]]
    for path in (f"{RUNS}{run['id']}/", f"{RUNS}{NOWHERE}/"):
        refused(ann("GET", path), 404, "no_run")
    for verb in ("resume", "cancel"):
        refused(ann("POST", f"{RUNS}{run['id']}:{verb}"), 404, "no_run")
    assert ann("GET", f"{PIPELINES}film/stages/").json()["stages"][0]["waiting"] == 1
    assert ann("POST", f"{RUNS}{own['id']}:cancel").json()["state"] == "cancelled"


def test_without_a_token_or_its_scope_nothing_is_told(api: Api, run: dict[str, Any]) -> None:
    reader = Api(client_with_token("operations:read"))
    assert reader("GET", RUNS).status_code == reader("GET", PIPELINES).status_code == 200
    for path in (PIPELINES, f"{PIPELINES}film/runs/", f"{RUNS}{run['id']}:resume/", f"{RUNS}{run['id']}:cancel/"):
        refused(reader("POST", path, {}), 403, "scope_missing")
        refused(Api(Client())("POST", path, {}), 401)
    refused(Api(Client())("GET", RUNS), 401)


def test_the_fixture_has_a_pipeline_that_can_be_started_and_loads_twice() -> None:
    for _ in range(2):
        call_command("loaddata", "initial", app_label="operations", verbosity=0)
    api = Api(client_with_token("*"))
    assert [one["name"] for one in api("GET", f"{PIPELINES}render_video").json()["stages"]] == [
        "transcode", "thumbnails", "report",
    ]  # fmt: skip
    assert api("POST", f"{PIPELINES}render_video/runs/", {"input": {"url": "x"}}).status_code == 201


def test_the_demo_shows_a_run_that_was_done_and_one_that_can_be_resumed() -> None:
    user = make_person("user")
    demo.make()
    api = Api(client_signed_in(user))
    shown = api("GET", RUNS).json()["results"]
    assert [(one["state"], one["stage"]) for one in shown] == [("failed", "thumbnails"), ("succeeded", None)]
    assert UUID(shown[0]["stages"][1]["operation"])
    assert api("POST", f"{RUNS}{shown[0]['id']}:resume").json()["state"] == "running"
