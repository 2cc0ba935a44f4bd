"""Pipelines and their runs for people: where work waits, what is stuck, going on and ending."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from angarium.engine.identity.public import Person, Principal, Role, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Due, Operation, Transition
from angarium.kernel.clock import now
from angarium.modules.operations import actions
from angarium.modules.operations.backlog import Backlog
from angarium.modules.operations.models import Pipeline, PipelineRun, TaskType
from angarium.modules.operations.pages.pipelines import bars_of
from angarium.modules.operations.pipelines import Stage
from angarium.modules.operations.tests.looking import LIST, buttons, held, said, tell, text_of

pytestmark = pytest.mark.django_db
PIPELINES = f"{LIST}pipelines/"
PATH, RUNS = f"{PIPELINES}orders/", f"{PIPELINES}runs/"
STAGES = [{"name": name, "kind": "step", "expected_seconds": 5} for name in ("pay", "pack <b>", "ship")]


@pytest.fixture
def ada() -> Person:
    return make_person("ada", Role.STAFF, password=None)


@pytest.fixture
def me(ada: Person) -> Principal:
    TaskType.objects.create(name="step", queue="")
    actions.define_pipeline("orders", STAGES, by=of_person(ada))
    return of_person(ada)


@pytest.fixture
def staff(ada: Person) -> Client:
    return client_signed_in(ada)


def go(run: PipelineRun, *ends: str) -> None:
    """End its open operation so, one stage after another."""
    for state in ends:
        id = Operation.objects.get(parent=run.id, due__isnull=False).id
        tell(held(id), state=state, **({"error": {"message": "Broken."}} if state == "failed" else {}))


def grow_old(run: PipelineRun, seconds: float) -> None:
    """As if its open operation waited for so long."""
    then = now() - timedelta(seconds=seconds)
    Due.objects.filter(operation__parent=run.id).update(since=then)
    Transition.objects.filter(operation__parent=run.id, operation__due__isnull=False).update(at=then)


def test_pipelines_are_listed_with_what_is_open_and_their_newest_run(me: Principal, staff: Client) -> None:
    go(actions.start_run("orders", by=me), "succeeded")
    go(actions.start_run("orders", by=me), "failed")
    held(Operation.objects.get(parent=actions.start_run("orders", by=me).id).id)
    actions.define_pipeline("unused", STAGES[:1], by=me)
    Pipeline.objects.filter(name="unused").update(is_active=False)
    text = text_of(staff, PIPELINES)
    rows = re.findall(r"<tr>.*?</tr>", text, re.DOTALL)[1:]
    assert re.findall(r'data-label="(?:Waiting|Running)">(\d+)', rows[0]) == ["1", "1"]
    assert 'data-state="running"' in rows[0]
    assert "pack &lt;b&gt;" in rows[0]
    assert "not active" in rows[1]
    assert 'data-live="operation:*"' in text
    assert "<html" not in staff.get(PIPELINES, headers={"hx-request": "true"}).content.decode()


def test_an_installation_without_pipelines_says_how_to_get_one(staff: Client) -> None:
    assert "No pipeline yet" in text_of(staff, PIPELINES)
    text_of(staff, PATH, 404)
    text_of(staff, f"{RUNS}01900000-0000-7000-8000-000000000000/", 404)


def test_op_pages_a_pipeline_shows_where_its_work_waits_and_what_is_stuck(me: Principal, staff: Client) -> None:
    go(actions.start_run("orders", by=me), "succeeded", "succeeded", "succeeded")
    go(actions.start_run("orders", by=me), "succeeded")
    stuck = actions.start_run("orders", by=me)
    grow_old(stuck, 60)
    text = text_of(staff, PATH)
    assert re.findall(r"(\d+) waiting, (\d+) running", text) == [("1", "0"), ("1", "0"), ("0", "0")]
    assert text.count("1 stuck") == 1
    assert text.count("expected 5 s") == 3
    assert len(re.findall(r"half took up to \d+ ms, nine of ten", text)) == 3
    assert re.findall(r'id="r-([\w-]+)"', text)[0] == str(stuck.id)
    assert str(stuck.id) not in text_of(staff, f"{PATH}?state=succeeded")
    assert "No run that you may see stands so." in text_of(staff, f"{PATH}?state=cancelled")
    text_of(staff, f"{PATH}?state=nope", 400)


def test_bars_of_stages_share_one_scale() -> None:
    slow = Backlog(Stage("a", "k", 10), waiting=6, running=2, stuck=4, p50_seconds=12.0, p90_seconds=20.0)
    drawn = bars_of([slow, Backlog(Stage("b", "k"), paused=2, p50_seconds=1.0, p90_seconds=5.0)])
    first, second = drawn
    assert (first.waiting_at, first.running_at, first.stuck_at, second.paused_at) == (75, 25, 50, 25)
    assert (first.p50_at, first.p90_at, first.expected_at, first.slow) == (60, 100, 50, True)
    assert (second.p50_at, second.expected_at, second.slow) == (5, None, False)
    assert bars_of([Backlog(Stage("c", "k"))])[0].waiting_at == 0


def test_op_pages_a_run_is_started_with_its_input(me: Principal, staff: Client) -> None:
    answer = staff.post(PATH, {"input": '{"order": "Ж-7"}'})
    run = PipelineRun.objects.get()
    assert answer["Location"] == f"{RUNS}{run.id}/"
    assert run.input == {"order": "Ж-7"}
    for wrong in (
        "{",
        "[1]",
        '{"a": "\\u0000"}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        "[" * 5000,
        '{"a": ' * 40 + "1" + "}" * 40,
    ):
        assert staff.post(PATH, {"input": wrong}).status_code == 422
    Pipeline.objects.update(is_active=False)
    assert "not active" in staff.post(PATH, {"input": ""}).content.decode()
    assert PipelineRun.objects.count() == 1
    assert 'id="start"' not in text_of(staff, PATH)


def test_op_pages_a_run_shows_its_stages_and_goes_on_where_it_failed(me: Principal, staff: Client) -> None:
    run = actions.start_run("orders", by=me, input={"order": 7})
    go(run, "succeeded", "failed")
    path = f"{RUNS}{run.id}/"
    text = text_of(staff, path)
    stages = text.partition('id="stages"')[2]
    assert re.findall(r'class="pill" data-state="(\w+)"', stages) == ["succeeded", "failed"]
    assert stages.count("not begun") == 1
    assert text.count('<svg class="lane') == 3
    assert buttons(text) == ["resume"]
    assert "Go on from pack &lt;b&gt;" in text
    assert staff.get(path, headers={"hx-request": "true"}).status_code == 286
    assert "goes on from the stage" in said(staff, f"{path}resumption/", {"because": "Mended"})
    text = text_of(staff, path)
    assert (buttons(text), "data-now=" in text) == (["cancel"], True)
    retried = Operation.objects.get(parent=run.id, due__isnull=False)
    assert f'<a class="title" id="s-2" href="{LIST}{retried.id}/">' in text
    assert 'id="to-run"' in text_of(staff, f"{LIST}{retried.id}/")
    assert "goes on or has succeeded" in said(staff, f"{path}resumption/", {})
    assert "The run was cancelled" in said(staff, f"{path}cancellation/", {})
    assert "The run has ended" in said(staff, f"{path}cancellation/", {})
    assert buttons(text_of(staff, path)) == ["resume"]


def test_a_stage_that_is_stuck_is_marked_and_a_run_that_succeeded_has_no_buttons(me: Principal, staff: Client) -> None:
    run = actions.start_run("orders", by=me)
    grow_old(run, 60)
    assert text_of(staff, f"{RUNS}{run.id}/").count('class="stuck"') == 3
    go(run, "succeeded", "succeeded", "succeeded")
    text = text_of(staff, f"{RUNS}{run.id}/")
    assert (buttons(text), 'class="stuck"' in text, "data-poll" in text.partition('id="run"')[2]) == ([], False, False)


def test_members_see_and_steer_their_own_runs_alone(me: Principal) -> None:
    max_ = make_person("max", password=None)
    member = client_signed_in(max_)
    theirs, mine = actions.start_run("orders", by=me), actions.start_run("orders", by=of_person(max_))
    text = text_of(member, PATH)
    assert (str(theirs.id) in text, str(mine.id) in text) == (False, True)
    assert re.findall(r"(\d+) waiting", text) == ["1", "0", "0"]
    text_of(member, f"{RUNS}{theirs.id}/", 404)
    assert member.post(f"{RUNS}{theirs.id}/cancellation/").status_code == 404
    assert "was cancelled" in said(member, f"{RUNS}{mine.id}/cancellation/", {})


def test_many_runs_are_paged_without_losing_one(me: Principal, staff: Client) -> None:
    made = {str(actions.start_run("orders", by=me, input={"n": n}).id) for n in range(22)}
    text = text_of(staff, PATH)
    follows: Any = re.search(r'rel="next" href="(\?[^"]+)"', text)
    ids = re.findall(r'id="r-([\w-]+)"', text + text_of(staff, PATH + follows[1].replace("&amp;", "&")))
    assert (len(ids), set(ids)) == (22, made)
