"""Claiming over HTTP, and keeping what was claimed: for services and staff with a token, and nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client, override_settings

from angarium.engine.identity.public import SYSTEM, Role
from angarium.engine.identity.testing import client_signed_in, client_with_token, make_person
from angarium.engine.ledger.public import Operation, Report, Work, cancel, pause, report, start_many
from angarium.engine.ledger.testing import let_time_pass
from angarium.kernel.clock import now
from angarium.modules.operations.models import TASK

from .asking import CALLED, FETCHED, NOWHERE, Api, make_types, path, refused

pytestmark = pytest.mark.django_db
DUE, LEASES = "/api/operations/operations:claim", "/api/operations/operations/leases:batch"
CLAIM, LEASE = {"worker": "w"}, {"epoch": 1, "lease_seconds": 60}


@pytest.fixture
def api(db: None) -> Api:
    make_types()
    return Api(client_with_token("operations:report"))


def work(kind: str = CALLED, **terms: Any) -> UUID:
    return start_many([Work(kind=kind, **terms)])[0]


def claimed(api: Api, id: UUID, **changes: Any) -> dict[str, Any]:
    answer = api("POST", path(id, "/claim"), {**CLAIM, **changes})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def seconds_until(moment: str) -> float:
    return (datetime.fromisoformat(moment) - now()).total_seconds()


def test_a_claim_has_all_that_the_work_needs(api: Api) -> None:
    ann, event, parent = (UUID(int=number) for number in (7, 8, 9))
    terms = {"input": {"a": 1}, "metadata": {"b": 2}, "stage": "load", "actor": ann, "event_id": event}
    id = work(**terms, parent=parent, retry_of=NOWHERE)
    found = claimed(api, id, lease_seconds=30)
    assert 29 < seconds_until(found.pop("lease_until")) <= 30
    assert found == {
        "operation": str(id), "kind": CALLED, "epoch": 1, "attempt": 1, "max_claims": 5, "lease_seconds": 30,
        "input": {"a": 1}, "metadata": {"b": 2}, "stage": "load", "actor": str(ann), "event_id": str(event),
        "retry_of": str(NOWHERE), "parent": str(parent),
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "seconds"), [(CALLED, 45), (TASK, 30)])
def test_a_lease_is_as_long_as_its_type_says(api: Api, kind: str, seconds: int) -> None:
    assert claimed(api, work(kind))["lease_seconds"] == seconds


def test_what_runs_has_ended_is_paused_or_not_due_is_409_with_its_state(api: Api) -> None:
    running, ended, paused, later = work(), work(), work(), work(run_at=now() + timedelta(hours=1))
    claimed(api, running)
    cancel(ended, SYSTEM)
    pause(paused, SYSTEM)
    states = {running: "running", ended: "cancelled", paused: "paused", later: "scheduled"}
    for id, state in states.items():
        assert refused(api("POST", path(id, "/claim"), CLAIM), 409, "not_claimable")["state"] == state
    assert set(Operation.objects.values_list("id", "state")) == set(states.items())


def test_what_the_system_s_own_workers_do_is_not_given_away(api: Api) -> None:
    id = work("delivery.deliver")
    assert refused(api("POST", path(id, "/claim"), CLAIM), 409, "not_claimable")["state"] == "queued"
    refused(api("POST", DUE, {**CLAIM, "kinds": ["delivery.deliver"]}), 400, field="kinds")
    assert Operation.objects.get().epoch == 0


def test_what_has_spent_its_claims_fails(api: Api) -> None:
    id = work()
    Operation.objects.update(claims=5)
    refused(api("POST", path(id, "/claim"), CLAIM), 409, "not_claimable")
    assert Operation.objects.get().state == "failed"


def test_who_never_heard_the_answer_asks_again_with_its_key(api: Api) -> None:
    id = work()
    first, again = (claimed(api, id, key="k1") for _ in range(2))
    assert (first["epoch"], again["epoch"], again["attempt"]) == (1, 1, 1)
    refused(api("POST", path(id, "/claim"), {**CLAIM, "key": "k2"}), 409, "not_claimable")
    refused(api("POST", path(id, "/claim"), {"worker": "other", "key": "k1"}), 409, "not_claimable")


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_claim_at_once_one_gets_it(api: Api) -> None:
    id = work()

    def ask(number: int) -> int:
        try:
            return int(api("POST", path(id, "/claim"), {"worker": f"w{number}"}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(ask, range(20)))
    assert answers == [200] + [409] * 19
    assert Operation.objects.get().claims == 1


def test_what_is_due_is_fetched_the_oldest_first(api: Api) -> None:
    ids = [work(FETCHED) for _ in range(3)]
    work(FETCHED, run_at=now() + timedelta(hours=1))
    found = api("POST", DUE, {**CLAIM, "kinds": [FETCHED], "limit": 2}).json()["claims"]
    assert [(one["operation"], one["lease_seconds"]) for one in found] == [(str(id), 60) for id in ids[:2]]
    found = api("POST", DUE, {**CLAIM, "kinds": [FETCHED], "limit": 100}).json()["claims"]
    assert [one["operation"] for one in found] == [str(ids[2])]
    assert api("POST", DUE, {**CLAIM, "kinds": [FETCHED]}).json() == {"claims": []}


def test_who_never_heard_what_was_fetched_asks_again_with_its_key(api: Api) -> None:
    work(FETCHED)
    first, again = (api("POST", DUE, {**CLAIM, "kinds": [FETCHED], "key": "k"}).json()["claims"] for _ in range(2))
    assert len(first) == 1
    assert (again[0]["operation"], again[0]["epoch"]) == (first[0]["operation"], first[0]["epoch"])


@pytest.mark.parametrize(
    "kinds", [[CALLED], [TASK], ["none_such"], [FETCHED, "none_such"], [FETCHED, CALLED], ["forward.projects"]]
)
def test_what_nobody_may_fetch_is_refused(api: Api, kinds: list[str]) -> None:
    work(FETCHED)
    refused(api("POST", DUE, {**CLAIM, "kinds": kinds}), 400)
    assert Operation.objects.get().state == "queued"


def test_a_lease_is_renewed(api: Api) -> None:
    id = work()
    claimed(api, id, lease_seconds=5)
    until = api("POST", path(id, "/lease"), {"epoch": 1, "lease_seconds": 600}).json()["lease_until"]
    assert 599 < seconds_until(until) <= 600
    assert Operation.objects.get().due.due_at >= now() + timedelta(seconds=599)


@pytest.mark.parametrize("epoch", [2, 2**31 - 1])
def test_a_lease_of_another_epoch_is_lost(api: Api, epoch: int) -> None:
    id = work()
    claimed(api, id)
    problem = refused(api("POST", path(id, "/lease"), {**LEASE, "epoch": epoch}), 409, "lease_lost")
    assert problem["head"] == {"state": "running", "epoch": 1, "seq": 0}


def test_a_lease_of_what_has_ended_is_lost(api: Api) -> None:
    id = work()
    claimed(api, id)
    report(Report(operation=id, epoch=1, seq=4, state="succeeded"))
    problem = refused(api("POST", path(id, "/lease"), LEASE), 409, "lease_lost")
    assert problem["head"] == {"state": "succeeded", "epoch": 1, "seq": 4}


def test_many_leases_are_renewed_at_once(api: Api) -> None:
    held, ended, again = work(), work(), work()
    for id in (held, ended, again):
        claimed(api, id)
    cancel(ended, SYSTEM)
    pairs = [(held, 1), (NOWHERE, 1), (ended, 1), (again, 1), (again, 7)]
    body = {"leases": [{"operation": str(id), "epoch": epoch} for id, epoch in pairs], "lease_seconds": 60}
    answer = api("POST", LEASES, body)
    assert (answer.status_code, answer.json()) == (
        200, {"held": [str(held)], "lost": [str(NOWHERE), str(ended), str(again)]},
    )  # fmt: skip


def test_a_thousand_leases_and_no_more(api: Api) -> None:
    lease = {"operation": str(NOWHERE), "epoch": 1}
    assert api("POST", LEASES, {"leases": [lease] * 1000, "lease_seconds": 60}).status_code == 200
    refused(api("POST", LEASES, {"leases": [lease] * 1001, "lease_seconds": 60}), 400, field="leases")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("claim", {}, "worker"),
    ("claim", {"worker": ""}, "worker"),
    ("claim", {"worker": 5}, "worker"),
    ("claim", {"worker": "x" * 201}, "worker"),
    ("claim", {"worker": "a\x00b"}, "worker"),
    ("claim", {**CLAIM, "lease_seconds": 0}, "lease_seconds"),
    ("claim", {**CLAIM, "lease_seconds": -1}, "lease_seconds"),
    ("claim", {**CLAIM, "lease_seconds": 86401}, "lease_seconds"),
    ("claim", {**CLAIM, "lease_seconds": 1.5}, "lease_seconds"),
    ("claim", {**CLAIM, "lease_seconds": "30"}, "lease_seconds"),
    ("claim", {**CLAIM, "lease_seconds": True}, "lease_seconds"),
    ("claim", {**CLAIM, "key": "x" * 201}, "key"),
    ("claim", {**CLAIM, "epoch": 1}, "epoch"),
    ("lease", {}, "epoch"),
    ("lease", {**LEASE, "epoch": 0}, "epoch"),
    ("lease", {**LEASE, "epoch": 2**31}, "epoch"),
    ("lease", {**LEASE, "epoch": "1"}, "epoch"),
    ("lease", {"epoch": 1}, "lease_seconds"),
    ("lease", {**LEASE, "lease_seconds": 10**12}, "lease_seconds"),
]


@pytest.mark.parametrize(("route", "body", "field"), BAD)
def test_what_does_not_fit_is_refused_by_its_field(api: Api, route: str, body: dict[str, Any], field: str) -> None:
    id = work()
    refused(api("POST", path(id, f"/{route}"), body), 400, field=field)
    assert Operation.objects.get().epoch == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kinds": [FETCHED]}, "worker"),
        (CLAIM, "kinds"),
        ({**CLAIM, "kinds": []}, "kinds"),
        ({**CLAIM, "kinds": FETCHED}, "kinds"),
        ({**CLAIM, "kinds": [FETCHED] * 51}, "kinds"),
        ({**CLAIM, "kinds": [5]}, "kinds.0"),
        ({**CLAIM, "kinds": [FETCHED], "limit": 0}, "limit"),
        ({**CLAIM, "kinds": [FETCHED], "limit": 101}, "limit"),
        ({**CLAIM, "kinds": [FETCHED], "limit": "1"}, "limit"),
    ],
)
def test_a_fetch_that_does_not_fit_is_refused_by_its_field(api: Api, body: dict[str, Any], field: str) -> None:
    refused(api("POST", DUE, body), 400, field=field)


@pytest.mark.parametrize("lease", [5, {}, {"operation": "x", "epoch": 1}, {"operation": str(NOWHERE)}, None])
def test_a_bad_lease_among_many_is_refused_by_its_place(api: Api, lease: Any) -> None:
    good = {"operation": str(NOWHERE), "epoch": 1}
    problem = refused(api("POST", LEASES, {"leases": [good, lease], "lease_seconds": 60}), 400)
    assert problem["field"].startswith("leases.1")


def test_op_09_a_claim_or_a_lease_of_what_is_unknown_is_not_found(api: Api) -> None:
    for rest, body in (("/claim", CLAIM), ("/lease", LEASE)):
        refused(api("POST", path(NOWHERE, rest), body), 404, "no_operation")
        refused(api("POST", path("abc", rest), body), 404)


def everything(id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Each route of services, with a body that fits."""
    lease = {"operation": str(id), "epoch": 1}
    return [
        (path(id, "/claim"), CLAIM),
        (path(id, "/lease"), LEASE),
        (DUE, {**CLAIM, "kinds": [FETCHED]}),
        (LEASES, {"leases": [lease], "lease_seconds": 60}),
    ]


def test_op_13_without_a_token_nobody_claims_or_renews(api: Api) -> None:
    id = work(FETCHED)
    make_person("user")
    bad = [Client(headers={"authorization": word}) for word in ("Bearer wrong", "Bearer ", "Basic YTpi", "Token x")]
    staff = client_signed_in(make_person(role=Role.STAFF))
    for client in (Client(), staff, *bad):
        with override_settings(ANGARIUM_OPEN=True):
            for address, body in everything(id):
                problem = refused(Api(client)("POST", address, body), 401)
                assert problem["status"] == 401
    assert Operation.objects.get().epoch == 0


@pytest.mark.parametrize("scope", ["operations:read", "operations:write", "lessons:*"])
def test_op_13_another_scope_is_not_enough(api: Api, scope: str) -> None:
    id = work(FETCHED)
    for address, body in everything(id):
        refused(Api(client_with_token(scope))("POST", address, body), 403, "scope_missing")
    assert Operation.objects.get().epoch == 0


def test_op_13_a_member_s_token_is_not_enough_and_that_of_staff_is(api: Api) -> None:
    id = work(FETCHED)
    member = Api(client_with_token("*", person=make_person("ann")))
    for address, body in everything(id):
        refused(member("POST", address, body), 403, "not_a_reporter")
    staff = Api(client_with_token("operations:report", person=make_person(role=Role.STAFF)))
    assert claimed(staff, id)["epoch"] == 1
    let_time_pass(id)
    assert staff("POST", path(id, "/lease"), LEASE).status_code == 200


def test_services_are_not_held_up_by_how_often_they_ask(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rest_framework.settings.api_settings.DEFAULT_THROTTLE_RATES", {"principal": "3/min"})
    id = work()
    claimed(api, id)
    assert {api("POST", path(id, "/lease"), LEASE).status_code for _ in range(10)} == {200}


def test_op_13_a_session_reports_nothing(db: None) -> None:
    id = work(TASK)
    staff = Api(client_signed_in(make_person(role=Role.STAFF)))
    refused(staff("POST", path(id, "/transitions"), {"epoch": 1, "seq": 1, "state": "succeeded"}), 401)
    refused(staff("POST", "/api/operations/operations/transitions:batch", {"transitions": []}), 401)
