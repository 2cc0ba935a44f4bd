"""Cancel, pause, resume, retry over HTTP: with a reason, and only if nothing has changed since one looked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from angarium.engine.identity.testing import client_with_token, make_person
from angarium.engine.ledger.public import Operation, Report, report

from .asking import CALLED, OPERATIONS, Api, held, make_types, path, refused

pytestmark = pytest.mark.django_db
VERBS = ["cancel", "pause", "resume", "retry"]
BEFORE = {"cancel": [], "pause": [], "resume": ["pause"], "retry": ["cancel"]}


@pytest.fixture
def api(db: None) -> Api:
    make_types()
    return Api(client_with_token("*", name="ann"))


def ready_for(api: Api, verb: str) -> str:
    """An operation on which this may be done."""
    id = str(api("POST", OPERATIONS, {"kind": CALLED}).json()["id"])
    for one in BEFORE[verb]:
        assert api("POST", path(id, f":{one}")).status_code in (200, 201)
    return id


def tag(api: Api, id: str) -> str:
    return str(api("GET", path(id))["ETag"])


@pytest.mark.parametrize("verb", VERBS)
def test_op_b2_what_somebody_changed_meanwhile_is_412_with_the_head(api: Api, verb: str) -> None:
    id = ready_for(api, verb)
    before = Operation.objects.get(id=id)
    answer = api("POST", path(id, f":{verb}"), {}, If_Match='"v77.5"')
    problem = refused(answer, 412, "stale")
    assert (problem["head"]["id"], problem["head"]["state"]) == (id, before.state)
    assert (problem["head"]["epoch"], problem["head"]["seq"]) == (before.epoch, before.seq)
    assert answer["ETag"] == tag(api, id)
    assert Operation.objects.get().version == before.version


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("given", ["now", "*", ""])
def test_what_nobody_changed_is_done(api: Api, verb: str, given: str) -> None:
    id = ready_for(api, verb)
    answer = api("POST", path(id, f":{verb}"), {}, If_Match=tag(api, id) if given == "now" else given)
    assert answer.status_code == (201 if verb == "retry" else 200)


def test_a_report_changes_the_tag(api: Api) -> None:
    id = ready_for(api, "cancel")
    tags = [tag(api, id)]
    claim = held(id)
    tags.append(tag(api, id))
    report(Report(operation=claim.operation, epoch=claim.epoch, seq=17, message="on it"))
    tags.append(tag(api, id))
    assert tags == ['"v0.0"', '"v1.0"', '"v1.17"']
    refused(api("POST", path(id, ":cancel"), {}, If_Match=tags[1]), 412)
    answer = api("POST", path(id, ":cancel"), {}, If_Match=tags[2])
    assert (answer.status_code, answer["ETag"]) == (200, '"v2.0"')


@pytest.mark.parametrize("given", ["v1.0", '"v1"', '"1.0"', 'W/"v1.0"', '"v1.0", "v2.0"', '"v01.0"', '"v1.0.0"', "x"])
def test_what_is_no_tag_of_ours_is_refused(api: Api, given: str) -> None:
    id = ready_for(api, "cancel")
    refused(api("POST", path(id, ":cancel"), {}, If_Match=given), 400, field="If-Match")
    assert Operation.objects.get().state == "queued"


@pytest.mark.django_db(transaction=True)
def test_op_b2_of_many_who_saw_the_same_one_succeeds(api: Api) -> None:
    id = ready_for(api, "pause")
    seen = tag(api, id)

    def ask(number: int) -> int:
        try:
            verb = ("pause", "cancel")[number % 2]
            return int(api("POST", path(id, f":{verb}"), {}, If_Match=seen).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(ask, range(10)))
    assert answers == [200] + [412] * 9


@pytest.mark.parametrize(("verb", "said"), [
    ("cancel", "Cancelled by ann: too late"), ("pause", "Paused by ann: too late"),
    ("resume", "Resumed by ann: too late"), ("retry", "Retried by ann: too late"),
])  # fmt: skip
def test_a_reason_stands_in_the_history(api: Api, verb: str, said: str) -> None:
    id = ready_for(api, verb)
    shown = api("POST", path(id, f":{verb}"), {"because": "too late"}).json()
    lines = api("GET", path(shown["id"])).json()["transitions"]
    assert (shown["message"], lines[-1]["message"]) == (said, said)


@pytest.mark.parametrize("body", [{"because": 5}, {"because": "x" * 501}, {"because": "a\nb"}, {"why": "x"}, [1], "x"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_body_that_makes_no_sense_is_refused(api: Api, verb: str, body: Any) -> None:
    id = ready_for(api, verb)
    before = Operation.objects.get(id=id).version
    refused(api("POST", path(id, f":{verb}"), body), 400)
    assert Operation.objects.get().version == before


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_only_look_changes_nothing(api: Api, verb: str) -> None:
    id = ready_for(api, verb)
    before = Operation.objects.get(id=id).version
    refused(Api(client_with_token("operations:read"))("POST", path(id, f":{verb}")), 403)
    stranger = Api(client_with_token("*", person=make_person("boris")))
    refused(stranger("POST", path(id, f":{verb}"), {}, If_Match='"v9.9"'), 404)
    assert Operation.objects.get().version == before


def test_a_repeat_under_one_key_is_one_change(api: Api) -> None:
    id = ready_for(api, "cancel")
    first, again = (api("POST", path(id, ":cancel"), {}, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (200, 200, again.content)
    refused(api("POST", path(id, ":cancel")), 409, "already_final")
