"""Runs as they are stored: one stage follows another exactly once, and who may start, see, resume and cancel them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM, Principal, Role
from angarium.engine.ledger.public import (
    Claim,
    Due,
    NoOperation,
    Operation,
    Report,
    Transition,
    UnknownKind,
    Work,
    cancel,
    claim,
    pause,
    prune,
    report,
    report_many,
    retry,
    start_many,
)
from angarium.engine.ledger.testing import broken_invariants
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid
from angarium.modules.operations import actions, runs
from angarium.modules.operations.backlog import backlog_of
from angarium.modules.operations.definitions import access_pipeline, declared
from angarium.modules.operations.errors import (
    KeyTaken,
    NoPipeline,
    NoRun,
    PipelineExists,
    PipelineRests,
    RunEnded,
    RunGoesOn,
)
from angarium.modules.operations.models import Pipeline, PipelineRun, PipelineStage, TaskType
from angarium.modules.operations.pipelines import Course, RunState, Stage

from .entries import Entry

pytestmark = pytest.mark.django_db
STAFF = Principal("person", uuid4(), "staff", Role.STAFF, frozenset({"*"}))
MEMBER = Principal("person", uuid4(), "member", Role.MEMBER, frozenset({"*"}))
STRANGER = Principal("person", uuid4(), "stranger", Role.MEMBER, frozenset({"*"}))
READER = Principal("service", uuid4(), "reader", Role.STAFF, frozenset({"operations:read"}))
NOBODY = Principal("nobody")
STAGES = [
    {"name": "cut", "kind": "cut_video", "expected_seconds": 10},
    {"name": "mix", "kind": "mix_sound"},
    {"name": "send", "kind": "send_mail", "expected_seconds": None},
]


@pytest.fixture(autouse=True)
def _pipeline(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    TaskType.objects.bulk_create(
        [
            TaskType(name="cut_video"),
            TaskType(name="mix_sound", expected_seconds=7),
            TaskType(name="send_mail", queue=""),
            TaskType(name="old_kind", is_active=False),
        ]
    )
    actions.define_pipeline("film", STAGES, by=STAFF)
    yield
    assert broken_invariants() == []


def started(by: Principal = MEMBER, **terms: Any) -> PipelineRun:
    return actions.start_run("film", by=by, **terms)


def parts(run: PipelineRun) -> list[Operation]:
    return list(Operation.objects.filter(parent=run.id).order_by("id"))


def held(run: PipelineRun) -> Claim:
    """The claim of the one operation of this run that is open."""
    return claim(Operation.objects.get(parent=run.id, due__isnull=False).id, worker="w", lease_seconds=60)


def end(run: PipelineRun, state: str = "succeeded", **said: Any) -> UUID:
    """Let its open operation end so."""
    got = held(run)
    report(Report(operation=got.operation, epoch=got.epoch, seq=1, state=state, **said))
    return got.operation


def course(run: PipelineRun) -> Course:
    return runs.as_they_stand([run])[0].course


def stands(run: PipelineRun) -> tuple[str, str | None]:
    """Its state, which the database finds it by as well, and the stage where it stands."""
    here = course(run)
    found = [state.value for state in RunState if runs.found(STAFF, state=state).filter(id=run.id).exists()]
    assert found == [here.state.value]
    return here.state.value, here.stage.stage.name if here.stage else None


def test_each_stage_is_given_the_input_of_the_run_and_what_the_one_before_gave() -> None:
    run = started(input={"url": "x"})
    ids = [end(run, output={"frames": 7}), end(run, output=[1]), end(run)]
    rows = parts(run)
    assert [row.id for row in rows] == ids
    assert [(row.kind, row.stage, row.actor, row.state) for row in rows] == [
        ("cut_video", "cut", MEMBER.id, "succeeded"),
        ("mix_sound", "mix", MEMBER.id, "succeeded"),
        ("send_mail", "send", MEMBER.id, "succeeded"),
    ]
    assert [row.input for row in rows] == [
        {"run": str(run.id), "input": {"url": "x"}, "previous": given} for given in (None, {"frames": 7}, [1])
    ]
    assert stands(run) == ("succeeded", None)


def test_a_run_keeps_the_stages_that_it_began_with_and_what_is_expected_of_them() -> None:
    run = started()
    actions.redefine_pipeline("film", [{"name": "other", "kind": "send_mail"}], by=STAFF)
    assert [(one.stage.name, one.stage.expected_seconds) for one in course(run).stages] == [
        ("cut", 10),
        ("mix", 7),
        ("send", None),
    ]
    end(run)
    assert stands(run) == ("running", "mix")
    assert [one.kind for one in parts(started())] == ["send_mail"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_stage_that_fails_or_is_cancelled_stops_the_run(state: str) -> None:
    run = started()
    end(run)
    end(run, state)
    assert stands(run) == (state, "mix")
    assert len(parts(run)) == 2


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_it_is_resumed_from_that_stage_by_a_retry_of_its_newest_operation(state: str) -> None:
    run = started(input={"url": "x"})
    end(run, output=1)
    first = end(run, state)
    actions.resume_run(run.id, by=MEMBER)
    second = end(run, state)
    actions.resume_run(run.id, by=STAFF, because="The disk is mended.")
    assert stands(run) == ("running", "mix")
    last = parts(run)[-1]
    assert (last.retry_of, last.stage, last.input, last.message) == (
        second,
        "mix",
        {"run": str(run.id), "input": {"url": "x"}, "previous": 1},
        "Resumed by staff: The disk is mended.",
    )
    assert Operation.objects.get(id=second).retry_of == first
    assert [one.operations for one in course(run).stages] == [1, 3, 0]
    end(run)
    end(run)
    assert stands(run) == ("succeeded", None)


def test_the_stage_of_an_operation_is_the_one_it_was_started_for_whatever_was_reported() -> None:
    run = started()
    end(run, stage="uploading")
    end(run, "failed", stage="cut")
    assert stands(run) == ("failed", "mix")
    actions.resume_run(run.id, by=STAFF)
    assert parts(run)[-1].stage == "mix"
    end(run, stage="nowhere")
    end(run, stage="nowhere")
    assert stands(run) == ("succeeded", None)


def test_a_stage_that_was_retried_by_hand_goes_on_too_but_starts_no_stage_twice() -> None:
    run = started()
    cut = end(run, "failed")
    retry(cut, STAFF)
    assert stands(run) == ("running", "cut")
    again = end(run)
    assert stands(run) == ("running", "mix")
    new = retry(again, STAFF)
    got = claim(new, worker="w", lease_seconds=60)
    report(Report(operation=new, epoch=got.epoch, seq=1, state="succeeded", output="other"))
    assert [row.stage for row in parts(run)] == ["cut", "cut", "mix", "cut"]
    end(run)
    assert stands(run) == ("running", "send")


def test_what_is_rolled_back_starts_nothing() -> None:
    run = started()
    got = held(run)
    with transaction.atomic():
        report(Report(operation=got.operation, epoch=got.epoch, seq=1, state="succeeded"))
        assert len(parts(run)) == 2
        transaction.set_rollback(True)


def test_a_batch_of_ends_starts_all_that_follow_for_the_price_of_one(django_assert_max_num_queries: Any) -> None:
    many = [started() for _ in range(20)]
    claims = [held(run) for run in many]
    said = [Report(operation=one.operation, epoch=one.epoch, seq=1, state="succeeded") for one in claims]
    with django_assert_max_num_queries(30):
        report_many(said)
    assert {stands(run) for run in many} == {("running", "mix")}


def test_a_stage_whose_type_is_gone_does_not_hold_up_the_one_before_and_is_started_when_it_is_back() -> None:
    run = started()
    TaskType.objects.filter(name="mix_sound").delete()
    end(run, output={"a": 1})
    assert stands(run) == ("failed", "mix")
    assert course(run).stages[1].operation is None
    with pytest.raises(UnknownKind):
        actions.resume_run(run.id, by=MEMBER)
    TaskType.objects.create(name="mix_sound")
    actions.resume_run(run.id, by=MEMBER)
    assert parts(run)[-1].input["previous"] == {"a": 1}
    assert stands(run) == ("running", "mix")


def test_operations_that_are_parts_of_something_else_are_none_of_its_business() -> None:
    id = start_many([Work(kind="cut_video", parent=uuid4(), stage="cut")])[0]
    got = claim(id, worker="w", lease_seconds=60)
    report(Report(operation=id, epoch=got.epoch, seq=1, state="succeeded"))
    assert Operation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_by_whatever_way_the_end_of_a_stage_is_reported_the_next_one_is_started_with_it(entry: Entry) -> None:
    run = started()
    got = held(run)
    for _ in range(2):
        entry.report(got.operation, epoch=got.epoch, seq=1, state="succeeded", output={"frames": 7})
    assert [(row.stage, row.input["previous"]) for row in parts(run)] == [("cut", None), ("mix", {"frames": 7})]


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_report_a_success_at_once_the_next_stage_is_started_once() -> None:
    run = started()
    got = held(run)
    said = Report(operation=got.operation, epoch=got.epoch, seq=1, state="succeeded")
    together(*[partial(report_many, [said])] * 10)
    assert [row.stage for row in parts(run)] == ["cut", "mix"]


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_resume_at_once_one_retries_the_stage() -> None:
    run = started()
    end(run, "failed")
    answers = together(*[partial(actions.resume_run, run.id, by=STAFF)] * 10)
    assert sum(isinstance(one, PipelineRun) for one in answers) == 1
    assert {type(one) for one in answers} == {PipelineRun, RunGoesOn}
    assert len(parts(run)) == 2


@pytest.mark.django_db(transaction=True)
def test_of_ten_runs_with_one_key_at_once_one_is_started() -> None:
    answers = together(*[partial(started, key="order-7", input={"a": 1})] * 10)
    assert len({run.id for run in answers}) == 1
    assert Operation.objects.count() == PipelineRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(5))
def test_a_run_that_is_cancelled_while_a_stage_ends_is_cancelled_or_was_done(number: int) -> None:
    run = started()
    got = held(run)
    said = Report(operation=got.operation, epoch=got.epoch, seq=1, state="succeeded")
    _, cancelled = together(partial(report_many, [said]), partial(actions.cancel_run, run.id, by=STAFF))
    assert isinstance(cancelled, PipelineRun)
    assert stands(run)[0] == "cancelled"
    assert not Operation.objects.filter(due__isnull=False).exists()


def test_cancelling_a_run_ends_what_is_open_of_it_and_no_other_run() -> None:
    run, other = started(), started()
    end(run)
    actions.cancel_run(run.id, by=MEMBER, because="not needed")
    assert stands(run) == ("cancelled", "mix")
    assert parts(run)[-1].message == "Cancelled by member: not needed"
    assert stands(other) == ("running", "cut")
    with pytest.raises(RunEnded) as refused:
        actions.cancel_run(run.id, by=MEMBER)
    assert refused.value.details == {"state": "cancelled"}


def test_what_goes_on_or_has_succeeded_is_not_resumed() -> None:
    run = started()
    for state in ("running", "running", "running", "succeeded"):
        with pytest.raises(RunGoesOn) as refused:
            actions.resume_run(run.id, by=STAFF)
        assert refused.value.details == {"state": state}
        if state == "running":
            end(run)


def test_a_paused_stage_is_a_run_that_goes_on() -> None:
    run = started()
    pause(parts(run)[0].id, SYSTEM)
    assert stands(run) == ("running", "cut")
    assert backlog_of(access_pipeline("film"), STAFF)[0].paused == 1


def test_who_may_do_what() -> None:
    run = started()
    for by in (READER, NOBODY):
        with pytest.raises(Forbidden):
            started(by=by)
    for by in (READER, NOBODY, MEMBER):
        with pytest.raises(Forbidden):
            actions.define_pipeline("other", STAGES, by=by)
        with pytest.raises(Forbidden):
            actions.redefine_pipeline("film", STAGES, by=by)
    for act in (actions.resume_run, actions.cancel_run):
        with pytest.raises(Forbidden):
            act(run.id, by=READER)
        for by in (STRANGER, NOBODY):
            with pytest.raises(NoRun):
                act(run.id, by=by)
    assert [list(runs.found(by)) for by in (STAFF, READER, MEMBER, STRANGER, NOBODY)] == [[run], [run], [run], [], []]
    assert stands(run) == ("running", "cut")
    actions.cancel_run(run.id, by=STAFF)
    actions.resume_run(run.id, by=MEMBER)


def test_a_key_is_one_run_and_another_input_or_another_person_is_refused() -> None:
    run = started(key="a", input={"n": 1})
    assert started(key="a", input={"n": 1}) == run
    assert started(key="b", input={"n": 1}) != run
    for terms in ({"input": {"n": 2}}, {"input": {"n": 1}, "by": STRANGER}):
        with pytest.raises(KeyTaken):
            started(key="a", **terms)
    assert PipelineRun.objects.count() == 2


def test_a_pipeline_that_cannot_be_worked_on_is_not_started() -> None:
    with pytest.raises(NoPipeline):
        actions.start_run("nothing", by=STAFF)
    TaskType.objects.filter(name="send_mail").update(is_active=False)
    with pytest.raises(UnknownKind):
        started()
    Pipeline.objects.update(is_active=False)
    with pytest.raises(PipelineRests):
        started()
    assert not PipelineRun.objects.exists()
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("stages", "field"),
    [
        ([], "stages"),
        ([{"name": f"s{number}", "kind": "cut_video"} for number in range(51)], "stages"),
        ([{"name": "a", "kind": "cut_video"}, {"name": "a", "kind": "mix_sound"}], "stages.1.name"),
        ([{"name": "a", "kind": "cut_video"}, {"name": "b", "kind": "nobody"}], "stages.1.kind"),
        ([{"name": "a", "kind": "old_kind"}], "stages.0.kind"),
        ([{"name": "a", "kind": "operations.cancel_many"}], "stages.0.kind"),
    ],
)
def test_what_is_no_pipeline_is_refused_by_its_field(stages: list[dict[str, Any]], field: str) -> None:
    for act, name in ((actions.define_pipeline, "new"), (actions.redefine_pipeline, "film")):
        with pytest.raises(Invalid) as refused:
            act(name, stages, by=STAFF)
        assert refused.value.field == field
    assert [one.name for one in Pipeline.objects.all()] == ["film"]
    assert PipelineStage.objects.count() == 3


@pytest.mark.parametrize("name", ["runs", "Film", "", "a b", "a\n", "f" * 101])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        actions.define_pipeline(name, STAGES, by=STAFF)
    assert Pipeline.objects.count() == 1


def test_a_pipeline_is_declared_once_and_told_apart_by_its_stages() -> None:
    assert actions.define_pipeline("film", STAGES, by=STAFF) == access_pipeline("film")
    with pytest.raises(PipelineExists):
        actions.define_pipeline("film", STAGES[:2], by=STAFF)
    with pytest.raises(NoPipeline):
        actions.redefine_pipeline("nothing", STAGES, by=STAFF)
    actions.redefine_pipeline("film", list(reversed(STAGES)), by=STAFF)
    assert declared(access_pipeline("film")) == [
        Stage("send", "send_mail"),
        Stage("mix", "mix_sound"),
        Stage("cut", "cut_video", 10),
    ]


def test_a_page_of_runs_costs_three_queries(django_assert_num_queries: Any) -> None:
    made = [started() for _ in range(50)]
    for number, run in enumerate(made):
        for _ in range(number % 4):
            end(run)
    with django_assert_num_queries(3):
        found = runs.as_they_stand(list(runs.found(STAFF).order_by("-id")))
    states = [one.course.state.value for one in reversed(found)]
    assert states == (["running", "running", "running", "succeeded"] * 13)[:50]


def test_the_backlog_says_what_waits_runs_and_is_stuck_and_how_long_it_took() -> None:
    done = [started() for _ in range(10)]
    for seconds, run in enumerate(done, start=1):
        id = end(run)
        row = Operation.objects.get(id=id)
        Operation.objects.filter(id=id).update(finished_at=row.started_at + timedelta(seconds=seconds))  # type: ignore[operator]
    waiting, working, slow, late = started(), started(), started(), started()
    held(working)
    Transition.objects.filter(operation=held(slow).operation, seq=0).update(at=now() - timedelta(seconds=31))
    Due.objects.filter(operation__parent=late.id).update(since=now() - timedelta(seconds=31))
    found = backlog_of(access_pipeline("film"), STAFF)
    cut, mix, send = found
    assert (cut.waiting, cut.running, cut.paused, cut.stuck) == (2, 2, 0, 2)
    assert (cut.p50_seconds, cut.p90_seconds, cut.stage.expected_seconds) == (5, 9, 10)
    assert (mix.waiting, mix.running, mix.stuck, mix.p50_seconds) == (10, 0, 0, None)
    assert (send.waiting, send.stage.expected_seconds) == (0, None)
    assert [one.stuck for one in (course(waiting), course(working), course(slow), course(late))] == [
        False, False, True, True,
    ]  # fmt: skip
    assert [one.waiting for one in backlog_of(access_pipeline("film"), STRANGER)] == [0, 0, 0]


def test_the_backlog_costs_no_more_queries_when_there_is_more_of_it() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            backlog_of(access_pipeline("film"), STAFF)
        return len(queries)

    started()
    before = cost()
    for _ in range(20):
        end(started())
    assert cost() == before


def test_a_run_is_there_as_long_as_its_operations() -> None:
    old, new = started(), started()
    actions.cancel_run(old.id, by=STAFF)
    Operation.objects.filter(parent=old.id).update(finished_at=now() - timedelta(days=10))
    day = now() - timedelta(days=1)
    assert prune(day) == 1
    assert list(runs.found(STAFF)) == [new]
    assert runs.forget_runs(day) == 0
    PipelineRun.objects.update(created_at=now() - timedelta(days=10))
    assert runs.forget_runs(day, batch=1) == 1
    assert list(PipelineRun.objects.all()) == [new]


def test_what_one_may_not_see_is_not_there() -> None:
    run = started()
    with pytest.raises(NoRun):
        runs.access_run(STRANGER, run.id)
    with pytest.raises(NoRun):
        runs.access_run(STAFF, uuid4())
    with pytest.raises(NoOperation):
        cancel(uuid4(), STAFF)
