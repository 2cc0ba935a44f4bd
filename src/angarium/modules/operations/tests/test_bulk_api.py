"""Cancelling and retrying of many over HTTP: a preview of the number, or an operation that does it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from angarium.engine.identity.testing import client_with_token
from angarium.engine.ledger.public import Operation, Report, report

from .asking import CALLED, FETCHED, NOWHERE, OPERATIONS, Api, held, make_types, refused

pytestmark = pytest.mark.django_db
CANCEL, RETRY = OPERATIONS.rstrip("/") + ":cancel", OPERATIONS.rstrip("/") + ":retry"


@pytest.fixture
def api(db: None) -> Api:
    make_types()
    return Api(client_with_token("operations:*"))


@pytest.fixture
def ids(api: Api) -> list[str]:
    return [api("POST", OPERATIONS, {"kind": CALLED}).json()["id"] for _ in range(3)]


def fail(id: str, message: str = "broken") -> None:
    got = held(id)
    report(Report(operation=got.operation, epoch=got.epoch, seq=1, state="failed", error={"message": message}))


@pytest.mark.parametrize("path", [CANCEL, f"{CANCEL}/"])
def test_op_b6_a_preview_counts_and_does_nothing(api: Api, ids: list[str], path: str) -> None:
    api("POST", OPERATIONS, {"kind": FETCHED})
    answer = api("POST", path, {"filter": {"kind": CALLED}, "preview": True})
    assert (answer.status_code, answer.json()) == (200, {"count": 3})
    fail(ids[0])
    assert api("POST", path, {"filter": {"kind": CALLED}, "preview": True}).json() == {"count": 2}
    assert api("POST", RETRY, {"filter": {"kind": CALLED}, "preview": True}).json() == {"count": 1}
    assert api("POST", RETRY, {"filter": {"reason": "BROK"}, "preview": True}).json() == {"count": 1}
    assert api("POST", RETRY, {"filter": {"reason": "other"}, "preview": True}).json() == {"count": 0}
    assert Operation.objects.count() == 4


@pytest.mark.parametrize(("path", "kind"), [(CANCEL, "operations.cancel_many"), (RETRY, "operations.retry_many")])
def test_without_a_preview_an_operation_does_it(api: Api, ids: list[str], path: str, kind: str) -> None:
    body = {"filter": {"kind": CALLED, "created_before": "2099-01-01T00:00:00Z"}, "because": "flooded"}
    answer = api("POST", path, body)
    shown = answer.json()
    assert (answer.status_code, answer["Location"]) == (202, f"{OPERATIONS}{shown['id']}/")
    assert (shown["kind"], shown["state"], shown["done"]) == (kind, "queued", False)
    given = api("GET", answer["Location"]).json()["input"]
    assert given["filter"] == {"kind": CALLED, "created_before": "2099-01-01T00:00:00+00:00"}
    stopped = api("POST", f"{OPERATIONS}{shown['id']}:cancel")
    assert stopped.json()["state"] == "cancelled"
    assert api("GET", f"{OPERATIONS}?kind={kind}").json()["results"][0]["id"] == shown["id"]


def test_an_idempotency_key_starts_it_once(api: Api, ids: list[str]) -> None:
    answers = [api("POST", CANCEL, {"filter": {"kind": CALLED}}, Idempotency_Key="one") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Operation.objects.filter(kind="operations.cancel_many").count() == 1


@pytest.mark.parametrize("path", [CANCEL, RETRY])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "filter"),
        ({"filter": {}}, "filter"),
        ({"filter": None}, "filter"),
        ({"filter": []}, "filter"),
        ({"filter": "kind"}, "filter"),
        ({"filter": {"kind": ""}}, "filter.kind"),
        ({"filter": {"kind": 7}}, "filter.kind"),
        ({"filter": {"kind": "a\x00"}}, "filter.kind"),
        ({"filter": {"kind": "k" * 201}}, "filter.kind"),
        ({"filter": {"state": "open"}}, "filter.state"),
        ({"filter": {"state": None}}, "filter.state"),
        ({"filter": {"stage": []}}, "filter.stage"),
        ({"filter": {"worker": {}}}, "filter.worker"),
        ({"filter": {"created_after": "yesterday"}}, "filter.created_after"),
        ({"filter": {"created_before": "2030-01-01T00:00:00"}}, "filter.created_before"),
        ({"filter": {"created_before": 7}}, "filter.created_before"),
        ({"filter": {"reason": 7}}, "filter.reason"),
        ({"filter": {"colour": "red"}}, "filter.colour"),
        ({"filter": {"kind": CALLED}, "preview": "yes"}, "preview"),
        ({"filter": {"kind": CALLED}, "preview": None}, "preview"),
        ({"filter": {"kind": CALLED}, "because": 7}, "because"),
        ({"filter": {"kind": CALLED}, "limit": 3}, "limit"),
        ([], None),
    ],
)
def test_what_makes_no_sense_is_400_by_its_field(api: Api, path: str, body: Any, field: str | None) -> None:
    refused(api("POST", path, body), 400, field=field)
    assert not Operation.objects.exists()


def test_what_could_find_nothing_is_400_by_its_field(api: Api) -> None:
    for preview in (True, False):
        refused(api("POST", CANCEL, {"filter": {"state": "failed"}, "preview": preview}), 400, field="filter.state")
        refused(api("POST", CANCEL, {"filter": {"reason": "x"}, "preview": preview}), 400, field="filter.reason")
        refused(api("POST", RETRY, {"filter": {"state": "running"}, "preview": preview}), 400, field="filter.state")
    assert not Operation.objects.exists()


def test_nobody_else_makes_such_an_operation(api: Api) -> None:
    given = {"filter": {}, "by": {"kind": "system", "id": "", "name": "system"}, "because": ""}
    refused(api("POST", OPERATIONS, {"kind": "operations.cancel_many", "input": given}), 400, "unknown_kind", "kind")


def test_it_needs_a_token_that_may_write(api: Api) -> None:
    reader = Api(client_with_token("operations:read"))
    for path in (CANCEL, RETRY):
        refused(reader("POST", path, {"filter": {"kind": CALLED}, "preview": True}), 403, "scope_missing")
        refused(Api(Client())("POST", path, {"filter": {"kind": CALLED}}), 401)


def test_op_b7_a_dead_letter_is_replayed_as_a_new_linked_run_and_its_history_is_kept(api: Api, ids: list[str]) -> None:
    fail(ids[0], "The disk is full.")
    before = api("GET", f"{OPERATIONS}{ids[0]}").json()
    assert before["error"] == {"message": "The disk is full."}
    new = api("POST", f"{OPERATIONS}{ids[0]}:retry").json()
    assert (new["retry_of"], new["state"], new["epoch"]) == (ids[0], "queued", 0)
    assert api("GET", f"{OPERATIONS}{ids[0]}").json() == before
    assert api("POST", RETRY, {"filter": {"kind": CALLED}, "preview": True}).json() == {"count": 0}
    refused(api("POST", f"{OPERATIONS}{NOWHERE}:retry"), 404, "no_operation")


def test_the_document_describes_both_answers(api: Api) -> None:
    document = api("GET", "/api/schema/?format=json").json()
    answers = document["paths"]["/api/operations/operations:cancel/"]["post"]["responses"]
    assert {"200", "202", "400", "401", "403", "409", "422"} <= set(answers)
    assert answers["200"]["content"]["application/json"]["schema"]["$ref"].endswith("BulkCount")
    assert answers["202"]["content"]["application/json"]["schema"]["$ref"].endswith("OperationShape")
    paths = {path for path in document["paths"] if path.startswith("/api/operations/pipelines")}
    assert paths == {
        "/api/operations/pipelines/",
        "/api/operations/pipelines/{name}/",
        "/api/operations/pipelines/{name}/runs/",
        "/api/operations/pipelines/{name}/stages/",
        "/api/operations/pipelines/runs/",
        "/api/operations/pipelines/runs/{id}/",
        "/api/operations/pipelines/runs/{id}:cancel/",
        "/api/operations/pipelines/runs/{id}:resume/",
    }
